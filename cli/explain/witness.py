"""How much policies deny, in sentences: the class alone and together, and who can still work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from rootguard.lockout.grammar import NOBODY
from rootguard.lockout.judgement import Judgement, Witness
from rootguard.lockout.keys import FIXED, KIND, MFA, MFA_AGE, NETWORK, REGION, TIME, TIMES

_SHOWN: Final = 3  # services by name


def witness_label(witness: Witness, at: datetime) -> str:
    """Return who can still work when most is denied, in a sentence.

    Args:
        witness: who it is.
        at: the moment of asking. A later moment is named.
    """
    who = " ".join([witness.world[KIND][0], *_circumstances(witness, at)])
    services = list(witness.services)
    left = len(services) - _SHOWN
    shown = ", ".join(services[:_SHOWN]) + (f" and {left} more services" if left > 0 else "")
    return f"A {who} can still use {shown}."


def denial_label(judgement: Judgement) -> str:
    """Return a class, and that there was more to look at."""
    return judgement.denial.value + (", as far as was looked at" if judgement.is_cut else "")


def _circumstances(witness: Witness, at: datetime) -> Iterator[str]:
    told = {key: held[0] for key, held in witness.world.items() if key not in FIXED and key != KIND and held}
    moment = datetime.fromtimestamp(float(told[TIME]), UTC)
    if REGION in told and NOBODY not in told[REGION]:
        yield f"in {told[REGION]}"
    if NETWORK in told:
        yield f"from {told[NETWORK]}"
    if MFA in told:
        yield "with MFA" if told[MFA] == "true" else "without MFA"
    for key, held in told.items():
        if key not in (REGION, NETWORK, MFA, MFA_AGE, *TIMES) and NOBODY not in held:
            yield f"with {key} {held}"
    if (moment - at).days > 1:
        yield f"on {moment:%Y-%m-%d}"
