"""`rootguard page --test`: does a page arrive in every channel?"""
