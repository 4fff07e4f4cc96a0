"""The operator's command `rootguard`: it explains, checks, rehearses, and grants exceptions."""
