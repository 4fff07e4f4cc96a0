"""`rootguard status`: one screen for on-call. Is it alive, what is open, who is paged?"""
