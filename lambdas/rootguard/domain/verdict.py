"""What is to be done about a change, and why: the outcome and the reason code of one of the eight rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum

from rootguard.cloudtrail.read import Change


class Outcome(StrEnum):
    """What is to be done about a change."""

    ALLOW = "allow"
    IGNORE = "ignore"
    ALERT = "alert"
    REVERT = "revert"


class Reason(Enum):
    """Why, as a code, and which of the eight rules says so."""

    CALL_FAILED = ("call-failed", 1)
    DENIED_ATTEMPT = ("denied-attempt", 1)
    OWN_CHANGE = ("own-change", 2)
    NOT_A_POLICY_CHANGE = ("not-a-policy-change", 3)
    MALFORMED_RECORD = ("malformed-record", 3)
    TARGET_NOT_PROTECTED = ("target-not-protected", 3)
    LOCKOUT_ELSEWHERE = ("lockout-on-unprotected", 3)
    STANDS_NOWHERE_PROTECTED = ("stands-nowhere-protected", 3)
    POLICY_TYPE_NOT_COVERED = ("policy-type-not-covered", 4)
    POLICY_GONE = ("policy-gone", 4)
    FULL_ACCESS_POLICY = ("full-access-policy", 5)
    ALLOW_LISTED = ("allow-listed", 5)
    IN_BASELINE = ("in-baseline", 5)
    NOT_IN_BASELINE = ("not-in-baseline", 5)
    TRUSTED_PRINCIPAL = ("trusted-principal", 6)
    EXCEPTION = ("exception", 7)
    VIOLATION = ("violation", 8)
    LOCKOUT_ON_ROOT = ("lockout-on-root", 8)

    def __init__(self, code: str, rule: int) -> None:
        self.code = code
        self.rule = rule


class Hindrance(StrEnum):
    """Why a violation is only told, in words that complete "because …"."""

    OBSERVED = "mode is observe"
    ALERT_ONLY = "on_violation is alert"
    NOT_ASKED_FOR = "restore_policy_type is false"
    NOTHING_ACCEPTED = "no accepted state is known to go back to"
    LOCKOUT_ACCEPTED = "what was accepted on Root denies everything to everyone"
    NO_WAY_BACK = "nothing undoes it safely"
    NOT_PROTECTED = "no protection holds there"
    FIGHT = "it was undone five times in ten minutes, and something keeps doing it again"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome and its reason.

    Attributes:
        change: what it is about; None for a record that is not ours.
        protection: the name of the protection that holds.
        target_id: the protected target: the change's own, or where an edited policy stands.
        adopt: whether the new state becomes part of the baseline.
        hindrance: why a violation is an alert and not a revert.
    """

    outcome: Outcome
    reason: Reason
    change: Change | None = None
    protection: str | None = None
    target_id: str = ""
    adopt: bool = False
    hindrance: Hindrance | None = None

    def as_json(self) -> dict[str, str | int | None]:
        """Return the verdict as JSON data, as logs and the function's answer show it."""
        return {
            "verdict": self.outcome.value,
            "reason": self.reason.code,
            "rule": self.reason.rule,
            "protection": self.protection,
        }
