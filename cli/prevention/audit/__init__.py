"""`rootguard prevention audit`: who can attach a policy to Root today, by which policy and statement.

details ─ principals, trust ─┐
organization, known ─────────┼ statements ─ judgement ─ attaching, delegated ─ answer (for people and as JSON)
"""
