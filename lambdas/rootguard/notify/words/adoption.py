"""The one page of first contact: what was found on the protected targets, and is protected from now on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rootguard.domain.json_data import JsonData
from rootguard.domain.policy import is_root_id
from rootguard.notify.page import Kind, Page, Severity, facts
from rootguard.notify.phrases import clean, lockout_label, time_label, type_label

_READ: Final = (
    "Read the list. If a policy does not belong there, have someone else grant an exception for it "
    "(`rootguard exception grant`), then detach it. Or add your role to `trusted_principals`, deploy, and "
    "detach it as that role. Rootguard attaches it again if anyone else detaches it."
)
_MEANT: Final = "Unless that lockout is intended, detach the policy now. From Root it is not put back."


@dataclass(frozen=True, slots=True)
class Found:
    """One policy that was attached to a target at first contact."""

    id: str
    name: str | None
    type: str
    lockout: bool


@dataclass(frozen=True, slots=True)
class AdoptedTarget:
    """A target, and what was accepted there."""

    target_id: str
    protection: str
    policies: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Adoption(JsonData):
    """What was accepted at first contact, at `at`, UTC, as its notice says."""

    at: datetime
    targets: tuple[AdoptedTarget, ...]


def page(adoption: Adoption) -> Page:
    """Return the page of what was adopted."""
    locked = any(policy.lockout for target in adoption.targets for policy in target.policies)
    count = len(adoption.targets)
    headline = f"NOW PROTECTING {count} TARGET{'' if count == 1 else 'S'}"
    title = "existing policies accepted as the baseline"
    first = "What is attached to the protected targets now is accepted as it is, and protected from now on."
    if locked:
        headline, title = "CRITICAL", "a lockout is attached to a protected target"
        first = "A policy that locks everyone out is attached to a protected target."
    return Page(
        kind=Kind.ADOPTED,
        severity=Severity.CRITICAL if locked else Severity.INFO,
        about=f"adoption of {time_label(adoption.at)}",
        at=adoption.at,
        headline=headline,
        title=title,
        sentences=(first, "Nothing was changed."),
        aside=". Nothing was changed; the e-mail has the list.",
        fields=facts(*map(_found_on, adoption.targets)),
        steps=(_MEANT, _READ) if locked else (_READ,),
    )


def _found_on(target: AdoptedTarget) -> tuple[str, ...]:
    target_id = clean(target.target_id)
    where = f"Root ({target_id})" if is_root_id(target_id) else target_id
    # What was found below a protected target has no protection of its own.
    held = f', protection "{clean(target.protection)}"' if target.protection else ""
    return ("Found on", f"{where}{held}", *map(_line, target.policies))


def _line(policy: Found) -> str:
    lockout = f": {lockout_label(policy.type)}, a LOCKOUT" if policy.lockout else ""
    kind = type_label(policy.type) or "type unknown"
    return f"  {clean(policy.name or policy.id)} ({clean(policy.id)}), {kind}{lockout}"
