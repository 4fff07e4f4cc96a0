"""What a policy document denies.

`classify` judges a document by evaluating it for the ordinary requests of an organization, not by its looks,
and `classify_together` those that stand on a target without full access:

    JSON text ─ grammar ─ statements ┐
    ordinary  ─ requests ────────────┴ evaluation (conditions, comparisons, wildcards) ─ classification

Rule 6 and the page ask it. Everything here is pure, and takes time in proportion to the text's length.
"""

from __future__ import annotations

from rootguard.lockout.classification import (
    NOT_ALLOWED,
    Classification,
    Denial,
    classify,
    classify_together,
)

__all__ = ["NOT_ALLOWED", "Classification", "Denial", "classify", "classify_together"]
