"""`rootguard explain`: what the guard would do with a record, by which rule, and why."""
