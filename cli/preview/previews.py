"""A page as every channel lays it out, with the code that runs in the functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cli.preview.by_aws import Sent
from rootguard.notify.layouts import pagerduty, slack, topic
from rootguard.notify.page import Kind, Page

RUNBOOKS: Final = "docs/runbooks/"
_WAKES_NOBODY: Final = "Left out: it wakes nobody."
_INSTEAD: Final = {
    Kind.CLEAN: _WAKES_NOBODY,
    Kind.PUT_BACK: _WAKES_NOBODY,
    Kind.ALARM: "CloudWatch lays it out: it has to arrive even when no code of Rootguard runs.",
    Kind.TAMPERED: "EventBridge words it: it has to arrive even when no code of Rootguard runs.",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """A page in every channel's layout.

    Attributes:
        name: what `--kind` calls it.
        by_aws: whether e-mail and SMS are AWS's own layout.
        pagerduty: the events that PagerDuty gets, in order; often one, or none.
    """

    name: str
    page: Page
    subject: str
    email: str
    sms: str
    slack: dict[str, Any]
    pagerduty: Sequence[dict[str, Any]]
    by_aws: bool = False

    @property
    def instead(self) -> str:
        """What comes by e-mail and SMS instead of these words, as a sentence; empty if these do."""
        return "" if self.by_aws else _INSTEAD.get(self.page.kind, "")

    @property
    def is_acknowledged(self) -> bool:
        """Whether what it opens in PagerDuty is acknowledged at once, so that it wakes nobody."""
        return any(event["event_action"] == "acknowledge" for event in self.pagerduty)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON data; what is not sent is null."""
        return {
            "name": self.name,
            "kind": self.page.kind.value,
            "email": None if self.instead else {"subject": self.subject, "body": self.email},
            "sms": None if self.instead else self.sms,
            "slack": self.slack,
            "pagerduty": next(iter(self.pagerduty), None),
            "pagerduty_acknowledged": self.is_acknowledged,
        }


def laid_out(
    pages: Mapping[str, Page], organization: str = "", by_aws: Mapping[str, Sent] | None = None
) -> tuple[Preview, ...]:
    """Return pages, by name, as every channel lays them out, each with its runbook and its organization.

    `by_aws` is what AWS sends by e-mail and SMS in place of some.
    """
    known = by_aws or {}
    return tuple(_laid_out(name, page, organization, known.get(name)) for name, page in pages.items())


def _laid_out(name: str, page: Page, organization: str, sent: Sent | None) -> Preview:
    # A page that was sent has both.
    page = page if page.runbook else page.with_runbook(RUNBOOKS).of(organization)
    return Preview(
        name=name,
        page=page,
        subject=sent.subject if sent else topic.subject(page, organization),
        email=sent.email if sent else topic.body(page),
        sms=sent.sms if sent else topic.sms(page, organization),
        by_aws=sent is not None,
        slack=slack.message(page),
        pagerduty=pagerduty.events(page, resolve_when_clean=True),
    )
