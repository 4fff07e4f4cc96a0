"""A sample to look at pages and reports without an AWS account: the incident of 2023-12-05, with a guard.

What happened is as its post-mortem tells it; every name, id and number is made up, as is the time it took.
`rootguard incident show sample` tells it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from cli.drawing import Account, Unit
from cli.incident.story import Story
from rootguard.domain.drift import Actor, Change, ChangeKind, Drift
from rootguard.domain.policy import SERVICE_CONTROL_POLICY, Policy
from rootguard.domain.remedy import Detach
from rootguard.domain.verdict import Outcome, Reason, Verdict
from rootguard.incidents.incident import Incident, Result
from rootguard.incidents.life import Record, closed, happened
from rootguard.incidents.notice import Stage
from rootguard.notify.story import Around, Reach

SAMPLE: Final = "sample"
"""What can be given for an id, to see it."""
MANAGEMENT_ACCOUNT: Final = "111122223333"
READ_AT: Final = datetime(2023, 12, 5, 8, 40, tzinfo=UTC)
"""When the sample's organization counts as read."""
_ROOT: Final = "r-exam"
_POLICY: Final = "p-8vq2m7xa"
_ATTACHED_AT: Final = datetime(2023, 12, 5, 8, 15, 2, tzinfo=UTC)
_CLEAN_AT: Final = datetime(2023, 12, 5, 8, 19, 0, tzinfo=UTC)
_ROLE: Final = "organization-operator"
_UNITS: Final = {
    "Security": ("log-archive", "security-tooling"),
    "Infrastructure": ("network", "shared-services", "backup"),
    "Production": ("shop", "shop-payments", "warehouse", "customer-data", "identity"),
    "Staging": ("shop-staging", "warehouse-staging"),
    "Sandbox": ("lab-aki", "lab-mei", "lab-ren"),
    "Quarantine": (),
}


def drift() -> Drift:
    """Return what happened, as its event says."""
    actor = Actor(
        kind="AssumedRole",
        arn=f"arn:aws:iam::{MANAGEMENT_ACCOUNT}:role/{_ROLE}",
        session=f"arn:aws:sts::{MANAGEMENT_ACCOUNT}:assumed-role/{_ROLE}/diego",
        principal_id="AROAEXAMPLEROLEID0001:diego",
        source_ip="203.0.113.24",
        user_agent="Mozilla/5.0",
        from_console=True,
        mfa=True,
    )
    change = Change("5c1f0e9a-2b7d-4e63-9a41-0d8f6b2c7e15", MANAGEMENT_ACCOUNT, None, actor)
    policy = Policy(_POLICY, SERVICE_CONTROL_POLICY, "QuarantineDenyAll", content=_content())
    return Drift(ChangeKind.ATTACHED, _ATTACHED_AT, _POLICY, _ROOT, policy=policy, change=change)


def incident() -> Incident:
    """Return the incident as the guard sends it: undone after 17 seconds, one of the delays seen on AWS."""
    return replace(_incident(), id=record().id)


def around() -> Around:
    """Return what the notifier looks up for its page."""
    return Around(reach=Reach(sum(map(len, _UNITS.values()))))


def record() -> Record:
    """Return it as the ledger keeps it after the next sweep."""
    opened, _ = happened(None, _incident(), _ATTACHED_AT + timedelta(seconds=17))
    clean, _ = closed(opened, _CLEAN_AT)
    return clean


def story() -> Story:
    """Return its story, with the page a second after the detach."""
    kept = record()
    paged = {f"{kept.id}/{Stage.FOUND.value}": _ATTACHED_AT + timedelta(seconds=18)}
    return Story(kept, around(), paged)


def organization() -> Unit:
    """Return the tree of the organization it happened in."""
    numbers = _account_ids()
    units = tuple(
        Unit(
            id=f"ou-exam-{number:08}",
            name=name,
            accounts=tuple(Account(next(numbers), account) for account in accounts),
        )
        for number, (name, accounts) in enumerate(_UNITS.items(), start=1)
    )
    return Unit(id=_ROOT, name="Root", units=units, accounts=(Account(MANAGEMENT_ACCOUNT, "management"),))


def _incident() -> Incident:
    return Incident(
        drift(),
        Verdict(Outcome.REVERT, Reason.VIOLATION, protection="root", target_id=_ROOT),
        Result.UNDONE,
        done=(Detach(_POLICY, _ROOT),),
        received_at=_ATTACHED_AT + timedelta(seconds=15.8),
        decided_at=_ATTACHED_AT + timedelta(seconds=16.3),
        undone_at=_ATTACHED_AT + timedelta(seconds=17),
        lockout=True,
    )


def _account_ids() -> Iterator[str]:
    yield from (f"44445555{number:04}" for number in range(1, 100))


def _content() -> str:
    statements = [
        {
            "Sid": "KeepAuditTrail",
            "Effect": "Deny",
            "Action": ["cloudtrail:StopLogging", "cloudtrail:DeleteTrail"],
            "Resource": "*",
        },
        {"Sid": "IsolateForForensics", "Effect": "Deny", "Action": "*", "Resource": "*"},
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
