"""`rootguard rehearse`: does the guard detach an SCP, now?"""
