"""`rootguard plan`: what the next sweep would find and do."""
