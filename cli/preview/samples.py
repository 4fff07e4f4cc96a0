"""Made-up pages of no single incident: first contact, an exception, a burst, an alarm, and others.

An alarm and a notice of tampering reach e-mail and SMS in AWS's own layout, from the words in the stack.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cli.preview.by_aws import Sent, of_alarm, of_notice
from cli.preview.outcomes import with_result
from rootguard.domain.drift import ChangeKind, Drift
from rootguard.domain.exceptions import Permit
from rootguard.domain.policy import FULL_ACCESS, SERVICE_CONTROL_POLICY, Policy
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.notice import Stage
from rootguard.notify import messages
from rootguard.notify.page import Kind, Page
from rootguard.notify.story import Around, Reach, Story
from rootguard.notify.subscribers import Address, State, Subscriber
from rootguard.notify.words import (
    adoption,
    digest,
    exceptions,
    incidents,
    isolation,
    rehearsal,
    subscriptions,
    test,
    written,
)
from rootguard.notify.words.adoption import AdoptedTarget, Adoption, Found
from rootguard.notify.words.exceptions import Exempted
from rootguard.notify.words.isolation import Isolation, Moved
from rootguard.notify.words.rehearsal import Ended
from rootguard.notify.words.subscriptions import Check
from stacks import plain_texts

ORGANIZATION: Final = "Example Corp"
_AT: Final = datetime(2023, 12, 5, 7, 0, tzinfo=UTC)
_DETACHED: Final = {"p-2k9wd4rt": "RegionsWeUse", "p-6hq0c3ze": "KeepTrails", "p-9s1bx5mn": "NoRootUsers"}
_ACCOUNT: Final = "111122223333"


def pages(incident: Incident) -> dict[str, Page]:
    """Return one of each, around the sample incident."""
    return {
        Kind.ADOPTED.value: adoption.page(_adoption(incident)),
        Kind.EXCEPTION.value: exceptions.page(_exception(incident)),
        Kind.WRITTEN.value: written.page(_written(incident)),
        Kind.DIGEST.value: digest.page(_burst(incident)),
        Kind.SUBSCRIPTIONS.value: _subscriptions(),
        Kind.TEST.value: test.page("test/5f0c1a9e7b42", test.Test(_AT, f"arn:aws:iam::{_ACCOUNT}:user/sara")),
        Kind.ISOLATION.value: isolation.page(_isolation(), "isolation/isolate/sample"),
        Kind.REHEARSAL.value: rehearsal.page(_rehearsal()),
        Kind.ALARM.value: messages.page_of(json.dumps(_alarm()), _AT),
        Kind.TAMPERED.value: messages.page_of(_tampering(), _AT),
    }


def _rehearsal() -> Ended:
    why = "The guard did not detach the SCP within 300 seconds."
    return Ended("8f5e3c1a-4c4b-4e6e-9f57-4d9d2f0f1c11", _AT, "FAILED", _AT + timedelta(minutes=5), None, why)


def _adoption(incident: Incident) -> Adoption:
    full = Found(FULL_ACCESS[SERVICE_CONTROL_POLICY], "FullAWSAccess", SERVICE_CONTROL_POLICY, lockout=False)
    regions = Found("p-2k9wd4rt", "RegionsWeUse", SERVICE_CONTROL_POLICY, lockout=False)
    return Adoption(_AT, (AdoptedTarget(incident.target_id, "root", (full, regions)),))


def _exception(incident: Incident) -> Exempted:
    policy = incident.drift.policy
    permit = Permit(
        policy_id=incident.drift.policy_id,
        target_id=incident.target_id,
        content_sha256=policy.digest if policy else "",
        granted_by="AROAEXAMPLEROLEID0002:sara",
        expires_at=_AT + timedelta(hours=2),
        reason="forensics, ticket 4711",
        granted_at=_AT,
    )
    return Exempted(permit, _AT, policy=policy)


def _written(incident: Incident) -> Drift:
    """Return the drift of the sample incident's policy being created, two minutes before it is attached."""
    event = (
        replace(incident.drift.change, id="4b7e0c9d-1f52-4d36-a8e1-c5d90b27f613")
        if incident.drift.change
        else None
    )
    at = incident.drift.at - timedelta(minutes=2)
    return replace(incident.drift, kind=ChangeKind.CREATED, at=at, target_id="", change=event)


def _burst(incident: Incident) -> list[Page]:
    """Return the pages of three policies that were detached, and of the sample incident, not undone."""
    lockout, undone = with_result(incident, Result.NOT_UNDONE), with_result(incident, Result.UNDONE)
    others = [
        replace(
            undone,
            id=f"i-5d2f6e81a90{number}",
            drift=replace(
                incident.drift,
                kind=ChangeKind.DETACHED,
                policy_id=policy_id,
                policy=Policy(policy_id, SERVICE_CONTROL_POLICY, name),
            ),
        )
        for number, (policy_id, name) in enumerate(_DETACHED.items())
    ]
    around = Around(reach=Reach(15))
    return [incidents.page(Story(each, Stage.FOUND, around)) for each in (*others, lockout)]


def _subscriptions() -> Page:
    oncall, phone = Address("email", "oncall@example.com"), Address("sms", "+81312345678")
    check = Check(_AT, (oncall, phone))
    found = (Subscriber(oncall, State.GONE), Subscriber(phone, State.CONFIRMED))
    page = subscriptions.page(check, found)
    assert page is not None  # noqa: S101 - one of them is gone
    return page


def _isolation() -> Isolation:
    """Return what should have happened on 2023-12-05: accounts go into quarantine, and Root is left alone."""
    moved = (
        Moved("444455556666", "shop", "isolated", "", done_before=False, origin="Customers", home=""),
        Moved("555566667777", "shop-staging", "isolated", "", done_before=False, origin="Customers", home=""),
    )
    user_id, arn = "AROAEXAMPLEROLEID0002:sara", f"arn:aws:sts::{_ACCOUNT}:assumed-role/isolator/sara"
    return Isolation(_AT, "isolate", user_id, arn, "forensics, ticket 4711", moved)


def _alarm() -> dict[str, Any]:
    """Return an alarm as CloudWatch has it ("Notifying users on alarm changes", CloudWatch User Guide)."""
    return {
        "AlarmName": "Rootguard-SweepsMissing",
        "AlarmDescription": plain_texts.described(plain_texts.sweeps_missing(1), ORGANIZATION),
        "AWSAccountId": _ACCOUNT,
        "NewStateValue": "ALARM",
        "NewStateReason": "Threshold Crossed: no datapoints were received for 3 periods and 3 missing "
        "datapoints were treated as [Breaching].",
        "StateChangeTime": "2023-12-05T07:00:00.000+0000",
        "Region": "US East (N. Virginia)",
        "OldStateValue": "OK",
    }


def _tampering() -> str:
    """Return the notice of a call, as the rule words it."""
    return plain_texts.tamper_notice(
        what="DisableRule",
        service="events.amazonaws.com",
        parts="Rootguard-PolicyChanges",
        who=f"arn:aws:sts::{_ACCOUNT}:assumed-role/organization-operator/diego",
        source="203.0.113.24",
        at="2023-12-05T07:00:00Z",
        error="",
        event_id="9e41c7d2-58b6-4f0a-8c13-7a2d90e6b5f4",
        organization=ORGANIZATION,
    )


def by_aws() -> dict[str, Sent]:
    """Return what e-mail and SMS bring of the alarm and of the tampering, by the names of their pages."""
    return {Kind.ALARM.value: of_alarm(_alarm()), Kind.TAMPERED.value: of_notice(_tampering())}
