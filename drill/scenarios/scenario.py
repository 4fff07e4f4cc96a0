"""What a scenario is: a guardrail, something that happens, and what must be true afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from drill.local_aws import ACCOUNT
from drill.stage import PIPELINE, Stage

Check = Callable[[Stage], bool]

# All that scenarios ask for beyond what ships, at once: a deployment takes longer than a scenario does.
ADMINISTRATOR = "444455556666"
"""The account of a delegated administrator."""
ASKING: Mapping[str, Any] = {
    "lockout_alert_accounts": 2,
    "delegated_administrators": {"organization": "o-exampleorgid", "accounts": [ADMINISTRATOR]},
}
ASKED_OF_ROOT: Mapping[str, Any] = {
    "trusted_principals": [f"arn:aws:iam::{ACCOUNT}:role/{PIPELINE.role}"],
    "pin_accounts": ["root"],
}

_OVER = ("Rootguard CLEAN. ", "resolve")


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
    """Check that nothing but what the company put there is attached to Root."""
    return stage.policies_on(stage.root) == ["DenyLeavingTheOrganization", "FullAWSAccess"]


def guard_wrote_nothing(stage: Stage) -> bool:
    """Check that the guard neither detached nor attached anything."""
    return not [call for call in stage.guard_calls() if call["operation"] in ("AttachPolicy", "DetachPolicy")]


def nobody_was_paged(stage: Stage) -> bool:
    """Check that no page went out."""
    return not stage.pages()


def paged_once(headline: str, *, wakes: bool = True) -> Check:
    """Return a check that each channel got one page, and that it says so first.

    That an incident is over, which only some channels hear of, is no page. What wakes nobody opens nothing at
    PagerDuty.
    """
    first = {
        "email": f"{headline}. ",
        **({"pagerduty": f"Rootguard {headline}: "} if wakes else {}),
        "slack": f"Rootguard {headline}. ",
        "sms": f"Rootguard {headline}: ",
    }

    def check(stage: Stage) -> bool:
        said = [(page["channel"], said_first(page)) for page in stage.pages()]
        pages = sorted((channel, text) for channel, text in said if not text.startswith(_OVER))
        return [channel for channel, _ in pages] == list(first) and all(
            text.startswith(first[channel]) for channel, text in pages
        )

    return check


def said_first(page: dict[str, Any]) -> str:
    """Return what a page begins with, in its channel's form."""
    # The text of the others is JSON; their subject is what a phone shows of it.
    return str(page["text" if page["channel"] in {"email", "sms"} else "subject"])
