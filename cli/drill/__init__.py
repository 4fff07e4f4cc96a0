"""`rootguard drill`: an incident rehearsed on a local AWS."""
