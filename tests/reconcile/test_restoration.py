"""A policy type is disabled: what is queued, what the page says, and when the sweep finds it all back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from drill.api_error import ApiError
from rootguard.aws.calls import connect
from rootguard.aws.organizations import AwsOrganizations
from rootguard.domain.guardrail import Guardrail, Mode, OnViolation, types_to_restore
from rootguard.domain.remedy import Attach
from rootguard.incidents.incident import Restoring, Result
from rootguard.ports import LedgerError, OrganizationsError, RestorerError
from rootguard.reconcile.respond import Guard
from rootguard.reconcile.restoration import Restoration
from rootguard.reconcile.sweep import Sweep
from tests.fakes.people import FakePager, FakeTelemetry
from tests.fakes.snapshots import FakeRestorer, FakeSnapshots
from tests.fakes.wire import Wire, create, standing
from tests.given import (
    ACCOUNT,
    DENY_EC2,
    RCP,
    SCP,
    attach,
    by_role,
    envelope,
    guardrail,
    protection,
    real,
)
from tests.house import House

RESTORER_ROLE = "arn:aws:iam::111122223333:role/rootguard-restorer"
ASKED = guardrail(protection(restore_policy_type=True))


@dataclass
class RestoringHouse(House):
    """A house whose guard restores policy types."""

    snapshots: FakeSnapshots = field(default_factory=FakeSnapshots)
    restorer: FakeRestorer = field(default_factory=FakeRestorer)

    def guard(self, policy: Guardrail = ASKED) -> Guard:
        guard = super().guard(policy)
        client = connect()
        self.wire.plug(client)
        restoration = Restoration(
            policy_types=types_to_restore(policy),
            role_arn=RESTORER_ROLE,
            organizations=AwsOrganizations(client, lambda: self.seconds_left),
            ledger=self.ledger,
            snapshots=self.snapshots,
            restorer=self.restorer,
            telemetry=self.telemetry,
            clock=lambda: self.now,
        )
        return Guard(**{name: getattr(guard, name) for name in _FIELDS}, restoration=restoration)

    def sweep(self, minutes: int = 1, policy: Guardrail = ASKED) -> None:
        self.now += timedelta(minutes=minutes)
        self.wire.calls.clear()
        Sweep(self.guard(policy)).run()

    def disable(self, policy: Guardrail = ASKED, *, told: bool = True) -> None:
        self.now += timedelta(seconds=10)
        root = self.wire.organization.tree.root_id
        self.wire.organization.call("DisablePolicyType", {"RootId": root, "PolicyType": SCP})
        if told:
            self.tell(self.now, policy)

    def tell(self, at: datetime, policy: Guardrail = ASKED) -> None:
        record = real("disable-scp-type-by-root-user")
        record["requestParameters"] = {"rootId": self.wire.organization.tree.root_id, "policyType": SCP}
        record["eventTime"] = f"{at:%Y-%m-%dT%H:%M:%SZ}"
        self.guard(policy).respond(envelope(record))

    def put_back(self, count: int | None = None) -> None:
        """Do as the queue's consumer does, to some or all that is queued."""
        for _, attachment in self.restorer.queued[:count]:
            place = {"PolicyId": attachment.policy_id, "TargetId": attachment.target_id}
            if attachment.policy_id not in standing(self.wire, attachment.target_id):
                self.wire.organization.call("AttachPolicy", place)

    @property
    def lines(self) -> list[str]:
        return [message for message, _ in self.telemetry.lines]


_FIELDS = [name for name in Guard.__dataclass_fields__ if name != "restoration"]


@pytest.fixture
def house(wire: Wire) -> RestoringHouse:
    return RestoringHouse(wire, FakePager(), FakeTelemetry())


@pytest.fixture
def stood(house: RestoringHouse, root: str, tree: dict[str, str]) -> list[Attach]:
    """One SCP of the company's own on Root, one on an OU and an account, all seen by a sweep."""
    top = house.attached(root, name="Top", content=DENY_EC2)
    low = house.attached(tree["team"], name="Low", content=DENY_EC2)
    house.wire.organization.call("AttachPolicy", {"PolicyId": low, "TargetId": tree["audit"]})
    house.sweep()
    return [Attach(top, root), Attach(low, tree["team"]), Attach(low, tree["audit"])]


# The snapshot


def test_a_sweep_takes_the_snapshot_and_the_next_ones_of_the_hour_read_nothing(
    house: RestoringHouse, stood: list[Attach]
) -> None:
    assert house.snapshots.snapshot(SCP).wanted(house.now + timedelta(seconds=1)) == tuple(stood)
    house.sweep()
    assert house.wire.calls == ["ListRoots", "ListPoliciesForTarget", "DescribePolicy"]
    house.sweep(minutes=60)
    assert sorted({*house.wire.calls}) == [
        "DescribePolicy",
        "ListPolicies",
        "ListPoliciesForTarget",
        "ListRoots",
        "ListTargetsForPolicy",
    ]


def test_full_access_which_stands_everywhere_is_not_looked_at(house: RestoringHouse, root: str) -> None:
    house.sweep()
    assert "ListTargetsForPolicy" not in house.wire.calls
    assert house.snapshots.snapshot(SCP).listed == frozenset()


@pytest.mark.parametrize(
    "protections",
    [
        guardrail(),
        guardrail(protection(restore_policy_type=True), mode=Mode.OBSERVE),
        guardrail(protection(restore_policy_type=True, on_violation=OnViolation.ALERT)),
    ],
    ids=["not asked", "observe", "alert"],
)
def test_nothing_is_read_or_kept_where_no_type_is_restored(
    house: RestoringHouse, root: str, protections: Guardrail
) -> None:
    house.attached(root, content=DENY_EC2)
    house.sweep(policy=protections)
    assert "ListPolicies" not in house.wire.calls
    assert house.snapshots.snapshot(SCP).listed_at is None


def test_only_the_types_that_are_restored_count() -> None:
    both = guardrail(
        protection(restore_policy_type=True, policy_types=frozenset({RCP})),
        protection(name="work", targets=frozenset({ACCOUNT})),
    )
    assert types_to_restore(both) == {RCP}


def test_a_disabled_type_is_not_looked_at(house: RestoringHouse, stood: list[Attach]) -> None:
    house.disable(told=False)
    house.sweep(minutes=120)
    assert "ListTargetsForPolicy" not in house.wire.calls
    assert house.snapshots.snapshot(SCP).wanted(house.now) == tuple(stood)


def test_a_snapshot_that_cannot_be_taken_fails_the_sweep_after_the_rest_of_it(
    house: RestoringHouse, root: str
) -> None:
    house.sweep()
    house.attached(root)
    house.wire.fail("ListPolicies", ApiError("AccessDeniedException", "no"))
    with pytest.raises(OrganizationsError, match="ListPolicies"):
        house.sweep(minutes=61)
    assert standing(house.wire, root) == ["p-FullAWSAccess"]


# The restore


def test_a_disabled_type_is_enabled_and_all_that_stood_is_queued_from_the_top(
    house: RestoringHouse, root: str, stood: list[Attach]
) -> None:
    house.disable()
    assert house.restorer.queued == [(SCP, attachment) for attachment in stood]
    assert standing(house.wire, root) == ["p-FullAWSAccess"]
    (page,) = house.pager.pages
    assert page.result is Result.UNDONE
    assert page.restoring is not None
    assert (page.restoring.attachments, page.restoring.takes) == (3, timedelta(seconds=2))
    assert not page.is_safe


def test_what_a_sweep_saw_between_the_change_and_its_event_takes_nothing_away(
    house: RestoringHouse, root: str, stood: list[Attach]
) -> None:
    house.sweep(minutes=59)
    house.disable(told=False)
    happened = house.now
    house.wire.organization.call("EnablePolicyType", {"RootId": root, "PolicyType": SCP})
    house.sweep()
    assert "ListTargetsForPolicy" in house.wire.calls
    house.tell(happened)
    assert [attachment for _, attachment in house.restorer.queued] == stood


def test_without_a_snapshot_the_page_says_that_nothing_comes_back(house: RestoringHouse, root: str) -> None:
    house.disable()
    assert house.restorer.queued == []
    (page,) = house.pager.pages
    assert page.restoring is None
    assert not page.is_safe


def test_where_nothing_stood_it_is_safe_at_once(house: RestoringHouse, root: str) -> None:
    house.sweep()
    house.disable()
    (page,) = house.pager.pages
    assert page.restoring == Restoring(0, page.restoring.listed_at if page.restoring else house.now)
    assert page.is_safe


@pytest.mark.parametrize("broken", ["queue", "snapshots"])
def test_what_could_not_be_queued_is_paged_and_tried_again(
    house: RestoringHouse, stood: list[Attach], broken: str
) -> None:
    part: Any = house.restorer if broken == "queue" else house.snapshots
    part.fail = True
    with pytest.raises((RestorerError, LedgerError)):
        house.disable()
    assert [page.result for page in house.pager.pages] == [Result.NOT_UNDONE]
    part.fail = False
    house.tell(house.now)
    assert [attachment for _, attachment in house.restorer.queued] == stood
    assert [page.result for page in house.pager.pages] == [Result.NOT_UNDONE, Result.UNDONE]


def test_what_the_restorer_attaches_is_rootguards_own_change(
    house: RestoringHouse, root: str, stood: list[Attach], tree: dict[str, str]
) -> None:
    low = create(house.wire, name="Never accepted", content=DENY_EC2)
    house.wire.organization.call("AttachPolicy", {"PolicyId": low, "TargetId": tree["team"]})
    everything = guardrail(protection(restore_policy_type=True, include_descendants=True))
    for role, reason in (
        (RESTORER_ROLE, "own-change"),
        ("arn:aws:iam::111122223333:role/other", "violation"),
    ):
        record = attach(tree["team"], low, userIdentity=by_role(role))
        assert house.guard(everything).respond(envelope(record)).reason.code == reason


# The sweeps until it is done


def test_the_incident_is_open_until_all_stands_again_and_its_progress_is_told(
    house: RestoringHouse, root: str, stood: list[Attach]
) -> None:
    house.disable()
    house.sweep()
    assert "restored 0 of 3" in house.lines
    house.put_back(2)
    house.sweep(minutes=4)
    assert "restored 2 of 3" in house.lines
    assert len(house.ledger.open_incidents()) == 1
    house.put_back()
    house.sweep()
    assert "restored 3 of 3" in house.lines
    assert house.ledger.open_incidents() == {}
    # Then all is as before: nothing was undone or paged by the sweeps, and the snapshot goes on.
    house.sweep(minutes=61)
    assert len(house.pager.pages) == 1
    assert house.snapshots.snapshot(SCP).wanted(house.now + timedelta(seconds=1)) == tuple(stood)


def test_what_is_on_its_way_back_is_no_difference(
    house: RestoringHouse, root: str, stood: list[Attach]
) -> None:
    house.disable()
    for _ in range(3):
        house.sweep()
    assert standing(house.wire, root) == ["p-FullAWSAccess"]
    assert len(house.pager.pages) == 1


def test_disabled_again_meanwhile_all_that_stood_at_first_is_queued(
    house: RestoringHouse, stood: list[Attach]
) -> None:
    house.disable()
    house.put_back(1)
    house.sweep()
    house.restorer.queued.clear()
    house.disable()
    assert [attachment for _, attachment in house.restorer.queued] == stood


def test_what_can_never_come_back_does_not_keep_it_open(
    house: RestoringHouse, root: str, stood: list[Attach]
) -> None:
    house.disable()
    house.put_back(1)
    for minutes in (5, 26):
        assert len(house.ledger.open_incidents()) == 1
        house.sweep(minutes=minutes)
    assert house.ledger.open_incidents() == {}
    (told,) = [fields["missing"] for message, fields in house.telemetry.lines if message == "not restored"]
    assert told == sorted(f"{a.policy_id} on {a.target_id}" for a in stood[1:])


def test_a_disabled_type_whose_event_was_lost_is_found_by_the_second_sweep(
    house: RestoringHouse, root: str, stood: list[Attach]
) -> None:
    house.disable(told=False)
    house.sweep()
    assert house.pager.pages == []
    house.sweep()
    assert [attachment for _, attachment in house.restorer.queued] == stood
    assert [(page.result, page.change.actor.kind) for page in house.pager.pages] == [
        (Result.UNDONE, "unseen")
    ]
    house.put_back()
    house.sweep(minutes=4)
    assert house.ledger.open_incidents() == {}


def test_a_queue_that_does_not_answer_keeps_the_sweep_from_no_other_target(
    house: RestoringHouse, root: str, stood: list[Attach], tree: dict[str, str]
) -> None:
    both = guardrail(
        protection(restore_policy_type=True, policy_types=frozenset({SCP})),
        protection(name="team", targets=frozenset({tree["team"]}), restore_policy_type=True),
    )
    house.wire.organization.call("EnablePolicyType", {"RootId": root, "PolicyType": RCP})
    house.sweep(policy=both)
    house.disable(told=False)
    content = DENY_EC2.replace("}]", ',"Principal":"*"}]')
    house.attached(tree["team"], name="Stranger", kind=RCP, content=content)
    house.sweep(policy=both)
    house.restorer.fail = True
    with pytest.raises(RestorerError):
        house.sweep(policy=both)
    assert standing(house.wire, tree["team"], RCP) == ["p-RCPFullAWSAccess"]


def test_the_snapshot_is_taken_after_all_that_has_to_be_undone(house: RestoringHouse, root: str) -> None:
    house.sweep()
    house.attached(root)
    house.sweep(minutes=61)
    assert house.wire.calls.index("DetachPolicy") < house.wire.calls.index("ListPolicies")


def test_a_lost_event_that_several_targets_tell_of_is_one_incident(
    house: RestoringHouse, root: str, stood: list[Attach], tree: dict[str, str]
) -> None:
    both = guardrail(
        protection(restore_policy_type=True),
        protection(name="team", targets=frozenset({tree["team"]}), restore_policy_type=True),
    )
    house.sweep(policy=both)
    house.disable(told=False)
    for _ in range(2):
        house.sweep(policy=both)
    assert [attachment for _, attachment in house.restorer.queued] == stood
    assert len(house.pager.pages) == 1


def test_where_it_is_not_restored_the_incident_stays_until_someone_enables_the_type(
    house: RestoringHouse, root: str
) -> None:
    unasked = guardrail()
    house.sweep(policy=unasked)
    house.disable(unasked)
    for _ in range(5):
        house.sweep(policy=unasked)
    assert len(house.ledger.open_incidents()) == 1
    house.wire.organization.call("EnablePolicyType", {"RootId": root, "PolicyType": SCP})
    house.sweep(policy=unasked)
    assert house.ledger.open_incidents() == {}
    assert [page.result for page in house.pager.pages] == [Result.WATCHED]
