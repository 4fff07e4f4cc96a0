"""`rootguard status`: does anybody hear Rootguard?"""
