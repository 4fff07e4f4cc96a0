"""`rootguard prevention delegation`: a resource policy that delegates the work on policies, but not on Root.

It is an allow-list: AWS calls the delegation policy one, refuses `NotAction` and `NotResource` in it, and no
example of its guide has a Deny ("Update a resource-based delegation policy" and "Resource-based policy
examples for AWS Organizations", AWS Organizations User Guide). So what is left out is not named in it.
"""
