"""What a policy document denies.

It is judged by evaluating it for an organization's typical requests, in time in proportion to its length:

    JSON text ─ grammar ─ statements ┐
    typical  ─ requests ────────────┴ evaluation ─ judgement ─ classification (for people)
"""
