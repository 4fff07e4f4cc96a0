"""The one page of first contact: what was found on the protected targets, and is protected from now on."""

from __future__ import annotations

from typing import Any

from rootguard.core.adoption import Adoption
from rootguard.core.approval import locks_out
from rootguard.core.facts import Policy, is_root_id
from rootguard.core.render.phrases import clean, denies_label, type_label


def subject(adoptions: tuple[Adoption, ...]) -> str:
    """Return the subject line, printable ASCII."""
    if any(adoption.lockouts for adoption in adoptions):
        return "Rootguard CRITICAL: a lockout stands on a protected target"
    return f"Rootguard WATCHES: {_count(len(adoptions), 'target')} adopted as found"


def body(adoptions: tuple[Adoption, ...]) -> str:
    """Return the e-mail's text."""
    locked = any(adoption.lockouts for adoption in adoptions)
    first = (
        "CRITICAL. A policy that denies everything to everyone stands on a protected target."
        if locked
        else "Rootguard watches from now on. What it found is accepted as it is."
    )
    lines = [first, "Nothing was changed.", ""]
    for adoption in adoptions:
        where = f"Root ({adoption.target_id})" if is_root_id(adoption.target_id) else adoption.target_id
        lines.append(f'{where}, protection "{adoption.protection}"')
        lines += [f"  {_line(policy)}" for policy in adoption.policies]
        lines.append("")
    lines += ["What to do next", *(f"{n}. {step}" for n, step in enumerate(_steps(locked), start=1))]
    return "\n".join(lines) + "\n"


def sms(adoptions: tuple[Adoption, ...]) -> str:
    """Return the SMS's text: at most 140 ASCII characters."""
    return f"{subject(adoptions)}. Nothing was changed; the e-mail lists what stands there."


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


def _line(policy: Policy) -> str:
    denies = denies_label(policy)
    lockout = f": {denies}, a LOCKOUT" if denies else ""
    return f"{clean(policy.name or policy.id)} ({policy.id}), {type_label(policy.type)}{lockout}"


def _steps(locked: bool) -> tuple[str, ...]:
    read = (
        "Read the list. What does not belong there, detach as one of `trusted_principals`: "
        "what anyone else detaches is put back."
    )
    if locked:
        return ("Is that lockout meant? If not, detach the policy now; from Root it is not put back.", read)
    return (read,)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
