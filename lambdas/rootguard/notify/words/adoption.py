"""The one page of first contact: what was found on the protected targets, and is protected from now on."""

from __future__ import annotations

from typing import Any

from rootguard.domain.approvals import locks_out
from rootguard.domain.facts import Policy, is_root_id
from rootguard.incidents.adoption import Adoption
from rootguard.notify.page import Field, Kind, Page, Severity
from rootguard.notify.words.phrases import clean, denies_label, time_label, type_label

_LOCKED = "a lockout stands on a protected target"


def page(adoptions: tuple[Adoption, ...]) -> Page:
    """Return the page of what was adopted in one sweep, one target at least."""
    locked = any(adoption.lockouts for adoption in adoptions)
    at = min(adoption.at for adoption in adoptions)
    return Page(
        kind=Kind.ADOPTED,
        severity=Severity.CRITICAL if locked else Severity.INFO,
        about=f"adoption of {time_label(at)}",
        at=at,
        headline="CRITICAL" if locked else "WATCHES",
        title=_LOCKED if locked else f"{_count(len(adoptions), 'target')} adopted as found",
        sentences=(
            "A policy that locks everyone out stands on a protected target."
            if locked
            else "What stood on the protected targets is accepted as it is, and guarded from now on.",
            "Nothing was changed.",
        ),
        aside=". Nothing was changed; the e-mail lists what stands there.",
        safe=None if locked else True,
        fields=tuple(
            Field("Found on", (_place(adoption), *(f"  {_line(policy)}" for policy in adoption.policies)))
            for adoption in adoptions
        ),
        steps=_steps(locked),
    )


def document(adoptions: tuple[Adoption, ...]) -> dict[str, Any]:
    """Return the adoption as JSON data."""
    return {
        "result": "adopted",
        "critical": any(adoption.lockouts for adoption in adoptions),
        "targets": [
            {
                "target_id": adoption.target_id,
                "protection": adoption.protection,
                "policies": [
                    {
                        "id": policy.id,
                        "name": policy.name,
                        "type": policy.type,
                        "lockout": locks_out(policy),
                    }
                    for policy in adoption.policies
                ],
            }
            for adoption in adoptions
        ],
    }


def _place(adoption: Adoption) -> str:
    where = f"Root ({adoption.target_id})" if is_root_id(adoption.target_id) else adoption.target_id
    return f'{where}, protection "{adoption.protection}"'


def _line(policy: Policy) -> str:
    denies = denies_label(policy)
    lockout = f": {denies}, a LOCKOUT" if denies else ""
    return f"{clean(policy.name or policy.id)} ({policy.id}), {type_label(policy.type)}{lockout}"


def _steps(locked: bool) -> tuple[str, ...]:
    read = (
        "Read the list. What does not belong there, detach once someone else has granted an exception for it "
        "(`rootguard exception grant`), or as a role or user that you first add to `trusted_principals` and "
        "deploy: what anyone else detaches is put back."
    )
    if locked:
        return ("Is that lockout meant? If not, detach the policy now; from Root it is not put back.", read)
    return (read,)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
