"""What a policy document denies.

It is judged by evaluating it for an organization's typical requests, not by its looks:

    JSON text ─ grammar ─ statements ┐
    typical  ─ requests ────────────┴ evaluation ─ classification

Rule 6 and the page ask it. Everything here is pure, and takes time in proportion to the text's length.
"""
