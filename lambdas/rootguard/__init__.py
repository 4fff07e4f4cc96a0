"""Rootguard: the functions that undo a policy change which would lock an organization out, and page on-call.

`core` decides on plain data, `edge` talks to AWS, `respond` joins them, `handlers` are the entry points.
"""
