"""Does anybody hear of it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from cli.doctor.check import Check, Section
from cli.doctor.facts import paging
from cli.doctor.facts.alarms import Alarm, alarms
from cli.doctor.facts.paging import Secret, SecretState, Subscriptions
from cli.doctor.finding import REVERT_DRIFT, Finding, broken, ok, warning
from cli.paged import what_to_do
from rootguard.notify.subscribers import State
from stacks.config import Pages

_HOLDS: Final = {
    "Slack": "the URL of an incoming webhook",
    "PagerDuty": "the routing key of an Events API v2 integration",
}


def names_someone(pages: Pages) -> Iterator[Finding]:
    """Judge whether guardrail.yaml names people to page, by more than one way."""
    named = len(pages.email) + len(pages.sms)
    if not named and not pages.channels:
        yield warning(
            "guardrail.yaml names nobody under pages",
            "Nobody is notified of an undo, of one that failed, or of an alarm.",
            "add an e-mail address under pages in guardrail.yaml, then make deploy",
        )
    elif not named and len(pages.channels) == 1:
        yield warning(
            f"{type(pages.channels[0]).__name__} alone is paged",
            "If it takes no page, the alarm that says so goes there too.",
            "add an e-mail address under pages in guardrail.yaml, then make deploy",
        )
    else:
        ways = [*pages.email, *pages.sms, *(type(each).__name__ for each in pages.channels)]
        yield ok(", ".join(ways))


def are_usable(secrets: Sequence[Secret]) -> Iterator[Finding]:
    """Judge whether each channel's secret is there, and of the right form."""
    for secret in secrets:
        why = f"{secret.channel} gets no page. The secret has to hold {_HOLDS[secret.channel]}."
        if secret.state is SecretState.MISSING:
            yield broken(
                f"Secrets Manager has no secret {secret.name}",
                why,
                f"aws secretsmanager create-secret --name {secret.name} --secret-string …",
            )
        elif secret.state is SecretState.DELETED:
            yield broken(
                f"the secret {secret.name} is marked for deletion",
                why,
                f"aws secretsmanager restore-secret --secret-id {secret.name}",
            )
        elif secret.state is SecretState.UNUSABLE:
            yield broken(
                f"the secret {secret.name} cannot be used: {secret.trouble}",
                why,
                f"aws secretsmanager put-secret-value --secret-id {secret.name} --secret-string …",
            )
    if all(secret.state is SecretState.USABLE for secret in secrets):
        yield ok(", ".join(secret.name for secret in secrets) or "no channel needs one")


def are_confirmed(found: Subscriptions) -> Iterator[Finding]:
    """Judge whether everybody who is to be paged is subscribed."""
    states = [each.state for each in found.subscribers]
    nobody = bool(states) and State.CONFIRMED not in states
    for each in found.subscribers:
        fix = what_to_do(each, found.topic)
        if each.state is State.PENDING and not nobody:
            yield warning(f"{each.address.endpoint} has not confirmed yet", "SNS sends it no page.", fix)
        elif each.state is not State.CONFIRMED:
            state = "has not confirmed yet" if each.state is State.PENDING else "is not subscribed"
            why = "Nobody gets a page." if nobody else "It gets no page."
            yield broken(f"{each.address.endpoint} {state}", why, fix)
    if all(state is State.CONFIRMED for state in states):
        yield ok(f"{len(states)} of {len(states)} confirmed" if states else "nobody is to be paged")


def are_quiet(found: Sequence[Alarm]) -> Iterator[Finding]:
    """Judge whether the alarms are there, page, and say nothing."""
    for alarm in found:
        if alarm.state is None:
            yield broken(
                f"{alarm.name} is gone",
                "What it watches fails unseen.",
                REVERT_DRIFT,
            )
        elif not alarm.pages:
            yield broken(
                f"{alarm.name} pages nobody: its actions are disabled",
                "What it watches fails unseen.",
                f"aws cloudwatch enable-alarm-actions --alarm-names {alarm.name}",
            )
        elif alarm.state == "ALARM":
            yield warning(
                f"{alarm.name} is in ALARM",
                "Its description says what that means, and what to do first; so does docs/runbooks/alarm.md.",
                f"aws cloudwatch describe-alarms --alarm-names {alarm.name}",
            )
    if all(alarm.state in ("OK", "INSUFFICIENT_DATA") and alarm.pages for alarm in found):
        yield ok(f"{len(found)} alarms, all quiet")


CHECKS: Final[tuple[Check[Any], ...]] = (
    Check("recipients", Section.PAGES, (), paging.pages, names_someone),
    Check("secrets", Section.PAGES, ("secretsmanager:GetSecretValue",), paging.secrets, are_usable),
    Check(
        "subscriptions",
        Section.PAGES,
        ("sns:ListSubscriptionsByTopic",),
        paging.subscriptions,
        are_confirmed,
        needs_stack=True,
    ),
    Check("alarms", Section.PAGES, ("cloudwatch:DescribeAlarms",), alarms, are_quiet, needs_stack=True),
)
