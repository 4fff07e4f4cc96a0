"""What trusted principals do one after the other, while events come in any order and the ledger fails."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from rootguard.ports import LedgerError
from tests.fakes.people import FakePager
from tests.fakes.wire import standing
from tests.given import DENY_EC2, PIPELINE, by_role, guardrail, protection
from tests.house import House, accepted_on, edited, event, sweep

DENY_S3 = DENY_EC2.replace("ec2", "s3")
TRUSTING = guardrail(protection(trusted_principals=frozenset({PIPELINE})))


def test_a_trusted_edit_that_no_ledger_could_accept_fails_so_that_it_is_tried_again(
    house: House, root: str
) -> None:
    policy_id = accepted_on(house, root)
    house.ledger.fail = True
    with pytest.raises(LedgerError, match="cannot be accepted"):
        house.guard(TRUSTING).respond(edited(policy_id, DENY_S3) | {"userIdentity": by_role()})


def history(house: House, root: str, policy_id: str, *calls: str) -> list[dict[str, Any]]:
    """What the pipeline does to a policy, five seconds apart: the events of it."""
    events = []
    for number, name in enumerate(calls):
        house.now += timedelta(seconds=5)
        changed = {
            "userIdentity": by_role(),
            "eventTime": f"{house.now:%Y-%m-%dT%H:%M:%SZ}",
            "eventID": f"{name} {number}",
        }
        if name == "UpdatePolicy":
            house.wire.organization.call(name, {"PolicyId": policy_id, "Content": DENY_S3})
            events.append(edited(policy_id, DENY_S3, "Accepted") | changed)
        else:
            house.wire.organization.call(name, {"PolicyId": policy_id, "TargetId": root})
            events.append(event(name, {"policyId": policy_id, "targetId": root}, **changed))
    return events


@pytest.mark.parametrize(
    ("calls", "stands"),
    [
        (("DetachPolicy", "AttachPolicy"), True),
        (("DetachPolicy", "AttachPolicy", "DetachPolicy"), False),
        (("UpdatePolicy", "DetachPolicy"), False),
        (("DetachPolicy", "UpdatePolicy"), False),
        (("DetachPolicy", "UpdatePolicy", "AttachPolicy"), True),
    ],
)
def test_of_trusted_changes_the_last_one_counts_in_whichever_order_their_events_come(
    house: House, root: str, calls: tuple[str, ...], stands: bool
) -> None:
    policy_id = accepted_on(house, root)
    sweep(house, TRUSTING)
    for order in permutations(history(house, root, policy_id, *calls)):
        again = replace(house, pager=FakePager(), ledger=copy.deepcopy(house.ledger))
        for record in order:
            again.guard(TRUSTING).respond(record)
        for _ in range(3):
            sweep(again, TRUSTING)
        assert (policy_id in standing(house.wire, root), again.pager.pages) == (stands, [])
