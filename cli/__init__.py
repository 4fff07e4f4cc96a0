"""The operator's command `rootguard`: it checks, explains, rehearses, reports, and grants exceptions."""
