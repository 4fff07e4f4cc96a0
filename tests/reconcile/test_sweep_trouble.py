"""The sweep in trouble: one target, page or type that fails keeps nothing else from being put right."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from drill.api_error import ApiError
from rootguard.domain.facts import Permit
from rootguard.domain.guardrail import OnViolation
from rootguard.incidents.incident import Result
from rootguard.ports import LedgerError, OrganizationsError, PagerError
from tests.fakes.wire import standing
from tests.given import (
    DENY_ALL,
    DENY_EC2,
    attach,
    guardrail,
    protection,
)
from tests.house import House, refused, sweep


def test_a_target_that_cannot_be_looked_at_fails_the_sweep_after_the_others(
    house: House, root: str, tree: dict[str, str]
) -> None:
    both = guardrail(protection(), protection(name="workload", targets=frozenset({tree["workload"]})))
    sweep(house, both)
    house.attached(tree["workload"], content=DENY_EC2)
    house.wire.fail("ListPoliciesForTarget", ApiError("AccessDeniedException", "no"))
    with pytest.raises(OrganizationsError):
        sweep(house, both)
    assert house.telemetry.metrics["SweepCompleted"] == 1
    sweep(house, both)
    assert standing(house.wire, tree["workload"]) == ["p-FullAWSAccess"]


@pytest.mark.parametrize("where", ["workload", "root"])
def test_a_page_that_sns_refuses_keeps_nothing_else_from_being_undone(
    house: House, root: str, tree: dict[str, str], where: str
) -> None:
    watched = protection(on_violation=OnViolation.ALERT)
    both = guardrail(watched, protection(name="workload", targets=frozenset({tree["workload"]})))
    if where == "root":
        first = replace(watched, name="work", targets=frozenset({tree["workload"]}))
        both = guardrail(first, protection())
    sweep(house, both)
    house.attached(tree["workload"] if where == "root" else root, name="Alert only", content=DENY_EC2)
    sweep(house, both)
    lockout = house.attached(tree.get(where, root), content=DENY_ALL)
    also = house.attached(tree.get(where, root), name="Another", content=DENY_EC2)
    house.pager.refusal = PagerError("SNS is away")
    for _ in range(2):
        with pytest.raises(PagerError, match="SNS is away"):
            sweep(house, both)
    assert not {lockout, also} & set(standing(house.wire, tree.get(where, root)))
    assert house.telemetry.metrics["SweepCompleted"] == 2


def test_what_could_not_be_put_right_is_tried_again_by_the_very_next_sweep(house: House, root: str) -> None:
    sweep(house)
    house.attached(root, content=DENY_EC2)
    sweep(house)
    house.wire.fail("DetachPolicy", ApiError("AccessDeniedException", "no"))
    with pytest.raises(OrganizationsError):
        sweep(house)
    sweep(house)
    assert standing(house.wire, root) == ["p-FullAWSAccess"]


def test_root_is_swept_first(house: House, root: str, tree: dict[str, str]) -> None:
    both = guardrail(protection(name="workload", targets=frozenset({tree["workload"]})), protection())
    sweep(house, both)
    place = house.attached(tree["workload"], name="Below", content=DENY_EC2)
    sweep(house, both)
    house.attached(root, content=DENY_ALL)
    sweep(house, both)
    assert [page.target_id for page in house.pager.pages] == [root, tree["workload"]]
    assert place not in standing(house.wire, tree["workload"])


def test_what_cannot_be_told_as_over_keeps_no_exception_untold(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root)
    house.guard(guardrail()).respond(attach(root, policy_id))
    end = house.now + timedelta(hours=2)
    house.ledger.grant(Permit(policy_id, root, "0" * 64, "AIDAEXAMPLEUSERID0001", end, "-"), house.now)
    house.pager.close = refused  # type: ignore[method-assign]
    with pytest.raises(PagerError, match="no closing"):
        sweep(house, minutes=4)
    assert len(house.pager.news) == 1
    del house.pager.close
    sweep(house)
    assert len(house.pager.closed) == 1


def test_a_sweep_without_a_ledger_fails_loudly_and_writes_nothing(house: House, root: str) -> None:
    house.attached(root, content=DENY_ALL)
    house.ledger.fail = True
    with pytest.raises(LedgerError):
        sweep(house)
    assert house.writes == []


def test_observe_sweeps_and_writes_nothing(house: House, root: str) -> None:
    from rootguard.domain.guardrail import Mode  # noqa: PLC0415

    watching = guardrail(mode=Mode.OBSERVE)
    sweep(house, watching)
    policy_id = house.attached(root, content=DENY_ALL)
    sweep(house, watching)
    sweep(house, watching)
    assert policy_id in standing(house.wire, root)
    assert house.writes == []
    assert [page.result for page in house.pager.pages] == [Result.WATCHED]
