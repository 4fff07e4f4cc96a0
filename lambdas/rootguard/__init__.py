"""Rootguard: the functions that undo a policy change which would lock an organization out, and page on-call.

`cloudtrail` reads a record, `domain` and `lockout` decide on plain data, `reconcile` joins them with the live
organization, `incidents` keeps account of what happened, `notify` puts it into words, `aws` does all I/O, and
`handlers` are the entry points.
"""
