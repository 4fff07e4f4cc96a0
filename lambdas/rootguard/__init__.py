"""Rootguard: the function that detaches a policy which would lock an organization out.

`core` decides on plain data, `edge` talks to AWS, `respond` joins them, `handlers` are the entry points.
"""
