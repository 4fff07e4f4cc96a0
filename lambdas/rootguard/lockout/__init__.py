"""What policies deny to ordinary roles. It is tried with concrete requests, in time in proportion to length.

JSON text ─ grammar ─ statements ───────┐
work ─ calls ───────────────────────────┼ scene ─ judgement ─ classification (for people)
keys ─ values ─ worlds ─ circumstances ─┘
"""
