"""The report of an isolation: what is on record of it, drafted for people to finish."""
