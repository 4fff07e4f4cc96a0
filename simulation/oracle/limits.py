"""The limits that docs/limits.md admits, by name: what they excuse is counted, never silently left out."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum


class Limit(StrEnum):
    """A limit. Its value is the sentence that people read."""

    FIRST_CONTACT = "What is changed before the first sweep is over may be accepted as found."
    BROUGHT_ALONG = "What an account brings along into a protected unit may be accepted as found."
    NOT_HEARD_YET = "A trusted change whose event is late or lost may be undone until the event comes."
    READ_LATER = "A policy that a trusted principal attached is accepted as it reads when the guard looks."
    MOVED_OUT = (
        "If an account is moved, or a policy taken, out of all protection, what was done to it before is not "
        "judged any more."
    )
    EDIT_UNHEARD = (
        "An edit whose event is lost is found when its policy is read again: two are read in a sweep."
    )
    CHANGED_AGAIN = "What is changed once more, and no event says so, waits for two more sweeps."
    IN_TURN = "What is attached below a protected target is found when the round comes to its policy."
    UNREADABLE = "A policy that no event named and that cannot be read now waits one sweep more."
    FULL_ACCESS_BELOW = "Full access taken off below a protected target shows only in its event."
    TYPE_DISABLED = "What a disabled policy type took with it comes back only with restore_policy_type."
    EXCEPTION_UNCLEAR = "It is open which of two changes uses one exception, or a grant ended in an error."
    TWO_HALVES = (
        "Of two halves of a lockout on Root, a trusted one is accepted if its event comes first, or when the "
        "other one is off again."
    )
    LEDGER_DOWN = "While the ledger is down, nobody knows what was accepted."
    FIGHT = "In a fight the guard stops for a while, and what the other side does holds meanwhile."
    UNCOUNTED = (
        "An undo that is not on record is not counted in a fight, and may be paged as somebody's change."
    )
    GONE_UNSEEN = "A change whose event is lost, and that ended before a second sweep, is not paged."
    DEAD_LETTER = "An event that failed three times is in the dead letters until someone delivers it again."
    PAGED_AGAIN = "A page can come twice if its sender was killed or the ledger was down right after it."
    ALERT_ONLY = "Where the guardrail says alert or observe, what is paged holds until people undo it."
    FROM_NOWHERE = (
        "A move into quarantine by hand is paged and stays until its event comes: nobody knows from where it "
        "was."
    )
    CONFIRMED = (
        "If an account was moved out of quarantine by hand and is released before that event comes, it stays "
        "where it is, and the move is not paged."
    )
    AT_ONCE = (
        "If an account is released in the moment before an isolation moves it, the guard takes it out again."
    )
    REHEARSAL_UNHEARD = (
        "Whoever attached the rehearsal's SCP to its OU, and whose event is lost, is taken for a rehearsal."
    )
    REHEARSAL_UNMARKED = (
        "A rehearsal is paged like a violation if its SCP was edited or cannot be read, or if the queue of "
        "notices does not answer."
    )
    ACCEPTED_LOCKOUT = (
        "A lockout that was there at first contact, or that an exception permits, may stay, or be ended."
    )


class Excuses:
    """How often each limit excused something."""

    def __init__(self) -> None:
        """Begin with none."""
        self.counts: Counter[Limit] = Counter()

    def by(self, limit: Limit) -> bool:
        """Count an excuse, and return True."""
        self.counts[limit] += 1
        return True
