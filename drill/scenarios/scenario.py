"""What a scenario is: a guardrail, something that happens, and what must be true afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from drill.stage import Stage

Check = Callable[[Stage], bool]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One rehearsal.

    Attributes:
        name: what the command line calls it.
        title: what happens, in a sentence.
        play: makes it happen on a stage, and waits until the guard has answered.
        must: what must be true afterwards, each as a sentence with its check.
        guardrail: keys that differ from the guardrail.yaml that ships; `protection` are those of its
            one protection.
    """

    name: str
    title: str
    play: Callable[[Stage], None]
    must: Mapping[str, Check]
    guardrail: Mapping[str, Any] = field(default_factory=dict)
    protection: Mapping[str, Any] = field(default_factory=dict)


def root_is_as_before(stage: Stage) -> bool:
    """Check that nothing but what the company put there stands on Root."""
    return stage.policies_on(stage.root) == ["DenyLeavingTheOrganization", "FullAWSAccess"]


def guard_wrote_nothing(stage: Stage) -> bool:
    """Check that the guard neither detached nor attached anything."""
    return not [call for call in stage.guard_calls() if call["operation"] in ("AttachPolicy", "DetachPolicy")]


def nobody_was_paged(stage: Stage) -> bool:
    """Check that no page went out."""
    return not stage.pages()


def paged_once(headline: str) -> Check:
    """Return a check that each channel got one page, and that it says so first."""

    def check(stage: Stage) -> bool:
        pages = stage.pages()
        texts = {page["channel"]: page["text"] for page in pages}
        return (
            sorted(page["channel"] for page in pages) == ["email", "sms"]
            and texts["email"].startswith(f"{headline}. ")
            and texts["sms"].startswith(f"Rootguard {headline}: ")
        )

    return check
