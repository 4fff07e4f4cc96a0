"""Exceptions from grant to end: what people are told, that it is once, and what a use leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from drill.api_error import ApiError
from rootguard.domain.approvals import digest_of
from rootguard.domain.exceptions import ExceptionNews, Grant, State
from rootguard.domain.facts import Permit
from rootguard.incidents.exception_pages import ASKED_A_SWEEP, TOLD_A_SWEEP
from rootguard.incidents.incident import Result
from rootguard.ports import LedgerError, PagerError
from tests.fakes.ledger import FakeLedger
from tests.fakes.wire import standing
from tests.given import DENY_ALL, DENY_EC2, NOW, attach, by_role, guardrail
from tests.house import House, event, sweep

SARA = "AROAIOSFODNN7EXAMPLE:sara"
DIEGO = by_role("arn:aws:iam::111122223333:role/Operations", "diego")


def exception(
    house: House, policy_id: str, target: str, granted_at: datetime | None = None, **changed: Any
) -> Permit:
    """An exception of sara's for a Deny * policy, on record since now."""
    fields: dict[str, Any] = {
        "policy_id": policy_id,
        "target_id": target,
        "content_sha256": digest_of(DENY_ALL),
        "granted_by": SARA,
        "expires_at": house.now + timedelta(hours=2),
        "reason": "ticket 4711",
    }
    permit = Permit(**fields | changed)
    house.ledger.grant(permit, granted_at or house.now)
    return permit


def told(house: House) -> list[State]:
    return [news.state for news in house.pager.news]


def use(
    house: House, root: str, policy_id: str, at: str = "2023-04-25T00:40:00Z", event_id: str = "on"
) -> None:
    house.now = max(house.now, datetime.fromisoformat(at))
    record = attach(root, policy_id, userIdentity=DIEGO, eventTime=at, eventID=event_id)
    house.guard(guardrail()).respond(record)


def test_of_an_exception_that_ends_in_more_than_a_day_no_use_is_made_yet(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root)
    exception(house, policy_id, root, expires_at=house.now + timedelta(hours=24.1))
    use(house, root, policy_id)
    assert standing(house.wire, root) == ["p-FullAWSAccess"]


def test_a_use_that_could_not_be_adopted_is_made_by_its_retry_and_by_nothing_else(
    house: House, root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep(house)
    policy_id = house.attached(root, content=DENY_EC2)
    exception(house, policy_id, root, content_sha256=digest_of(DENY_EC2))

    def refuses(*_: object) -> None:
        raise LedgerError("no")

    monkeypatch.setattr(FakeLedger, "adopt", refuses)
    with pytest.raises(LedgerError):
        use(house, root, policy_id)
    monkeypatch.undo()
    use(house, root, policy_id)
    sweep(house)
    sweep(house)
    assert (told(house), policy_id in standing(house.wire, root)) == ([State.USED], True)
    house.ledger.adopt(root, policy_id, None, house.now)
    use(house, root, policy_id, at=house.now.isoformat(), event_id="another")
    assert policy_id not in standing(house.wire, root)


# Told once


def test_a_grant_is_told_once_with_the_policys_name(house: House, root: str) -> None:
    policy_id = house.attached(root)
    exception(house, policy_id, root)
    for _ in range(3):
        sweep(house)
    (news,) = house.pager.news
    assert (news.state, news.grant.permit.granted_by) == (State.OPEN, SARA)
    assert news.policy is not None
    assert news.policy.name == "Quarantine"


def test_a_use_is_told_at_once_and_ends_the_exception(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root)
    exception(house, policy_id, root)
    sweep(house)
    use(house, root, policy_id)
    assert told(house) == [State.OPEN, State.USED]
    used = house.pager.news[1].use
    assert used is not None
    assert used.actor.principal_id == DIEGO["principalId"]
    for _ in range(3):
        sweep(house)
    assert told(house) == [State.OPEN, State.USED]
    assert house.ledger.open_incidents() == {}
    # It stands, and nobody was paged as for a violation.
    assert policy_id in standing(house.wire, root)
    assert (house.writes, house.pager.pages) == ([], [])


def test_a_doubled_event_of_a_use_tells_nothing_more(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root)
    exception(house, policy_id, root)
    for _ in range(2):
        use(house, root, policy_id)
    assert told(house) == [State.USED]


def test_one_that_is_granted_and_used_between_two_sweeps_is_told_by_its_use(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root)
    exception(house, policy_id, root)
    use(house, root, policy_id)
    for _ in range(3):
        sweep(house)
    assert told(house) == [State.USED]


@pytest.mark.parametrize("seen", [True, False])
def test_one_that_is_revoked_is_told_once(house: House, root: str, seen: bool) -> None:
    exception(house, house.attached(root), root)
    if seen:
        sweep(house)
    (grant,) = house.ledger.all()
    house.ledger.revoke(grant, house.now)
    for _ in range(3):
        sweep(house)
    assert told(house) == ([State.OPEN, State.REVOKED] if seen else [State.REVOKED])


@pytest.mark.parametrize("seen", [True, False])
def test_one_that_ends_by_itself_is_told_once(house: House, root: str, seen: bool) -> None:
    exception(house, house.attached(root), root)
    if seen:
        sweep(house)
    sweep(house, minutes=121)
    for _ in range(3):
        sweep(house)
    assert told(house) == ([State.OPEN, State.EXPIRED] if seen else [State.EXPIRED])


def test_two_exceptions_are_told_apart(house: House, root: str) -> None:
    policy_id = house.attached(root)
    exception(house, policy_id, root)
    exception(house, policy_id, root, granted_by="AIDAEXAMPLEUSERID0001")
    sweep(house)
    assert len({news.grant.permit.granted_by for news in house.pager.news}) == 2


def test_what_was_over_long_before_the_ledger_was_asked_is_no_news(house: House, root: str) -> None:
    exception(house, house.attached(root), root, expires_at=NOW - timedelta(days=2))
    sweep(house)
    assert told(house) == []


@pytest.mark.parametrize("years", [-1, 1])
def test_the_time_that_the_granter_writes_cannot_make_it_told_again_and_again(
    house: House, root: str, years: int
) -> None:
    strange = house.now + timedelta(days=365 * years)
    exception(house, house.attached(root), root, granted_at=strange)
    (grant,) = house.ledger.all()
    house.ledger.revoke(grant, strange)
    for _ in range(3):
        sweep(house)
    assert told(house) == [State.REVOKED]


@pytest.mark.parametrize("changed", [{"policy_id": "anything"}, {"target_id": "r-"}, {"policy_id": "p-*"}])
def test_what_could_permit_nothing_is_not_told_and_stops_no_sweep(
    house: House, root: str, changed: dict[str, str]
) -> None:
    permit = exception(house, house.attached(root), root)
    house.ledger.take_out(permit)
    house.ledger.grant(replace(permit, **changed), house.now)
    sweep(house)
    assert told(house) == []
    assert house.telemetry.metrics["SweepCompleted"] == 1


@pytest.mark.parametrize("digest", ["", "0" * 63, "F" * 64, "x" * 70_000])
def test_what_permits_no_content_there_can_be_is_not_told(house: House, root: str, digest: str) -> None:
    exception(house, house.attached(root), root, content_sha256=digest)
    sweep(house)
    assert told(house) == []


def test_one_that_ends_too_far_ahead_permits_nothing_and_is_told_when_it_does(
    house: House, root: str
) -> None:
    exception(house, house.attached(root), root, expires_at=house.now + timedelta(days=2))
    last = datetime.max.replace(tzinfo=UTC)
    permit = exception(house, house.attached(root, name="Endless"), root, expires_at=last)
    house.ledger.revoke(Grant(permit), house.now)
    for _ in range(2):
        sweep(house)
    assert told(house) == []
    assert house.telemetry.metrics["SweepCompleted"] == 2
    sweep(house, minutes=24 * 60)
    assert told(house) == [State.OPEN]


def test_thousands_by_one_granter_are_told_a_few_a_sweep_and_hide_nobody_elses(
    house: House, root: str
) -> None:
    house.ledger = counted = Counting()
    policy_id = house.attached(root)
    for number in range(300):
        exception(house, policy_id, root, content_sha256=f"{number:064x}", granted_by="AIDAFLOOD")
    exception(house, policy_id, root)
    for sweeps in range(1, 5):
        sweep(house)
        assert len(house.pager.news) == sweeps * TOLD_A_SWEEP
    for _ in range(60):
        sweep(house)
    counted.asked = 0
    sweep(house)
    assert counted.asked == ASKED_A_SWEEP
    granters = [news.grant.permit.granted_by for news in house.pager.news]
    assert granters.count(SARA) == 1
    assert len(granters) == len({news.grant.permit for news in house.pager.news})


class Counting(FakeLedger):
    """A ledger that counts how often it is asked to open an incident."""

    asked = 0

    def open_incident(self, key: str, incident: Mapping[str, Any], at: datetime) -> bool:
        self.asked += 1
        return super().open_incident(key, incident, at)


def test_a_page_of_one_that_is_refused_keeps_no_other_untold(house: House, root: str) -> None:
    policy_id = house.attached(root)
    for number in range(3):
        exception(house, policy_id, root, content_sha256=f"{number:064x}")
    tell, refused = house.pager.tell, list[ExceptionNews]()

    def refuse_the_first(news: ExceptionNews) -> None:
        if not refused:
            refused.append(news)
            raise PagerError("not this one")
        tell(news)

    house.pager.tell = refuse_the_first  # type: ignore[method-assign]
    with pytest.raises(PagerError, match="not this one"):
        sweep(house)
    assert len(house.pager.news) == 2
    sweep(house)
    assert len(house.pager.news) == 3


def test_an_exception_that_is_taken_out_of_the_ledger_leaves_nothing_open(house: House, root: str) -> None:
    permit = exception(house, house.attached(root), root)
    sweep(house)
    house.ledger.take_out(permit)
    sweep(house)
    assert house.ledger.open_incidents() == {}
    assert told(house) == [State.OPEN]


# When something fails


def test_a_page_that_sns_refuses_fails_the_sweep_and_goes_out_with_the_next(house: House, root: str) -> None:
    sweep(house)
    exception(house, house.attached(root), root)
    house.pager.refusal = PagerError("KMS says no")
    with pytest.raises(PagerError, match="KMS says no"):
        sweep(house)
    assert house.telemetry.metrics["SweepCompleted"] == 1
    house.pager.refusal = None
    # At once: nobody has to wait until the claim is over.
    sweep(house, minutes=0)
    assert told(house) == [State.OPEN]


def test_a_use_whose_page_was_refused_is_told_by_the_sweep(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root)
    exception(house, policy_id, root)
    house.pager.refusal = PagerError("KMS says no")
    with pytest.raises(PagerError, match="KMS says no"):
        use(house, root, policy_id)
    house.pager.refusal = None
    use(house, root, policy_id)
    for _ in range(2):
        sweep(house)
    assert told(house) == [State.USED]
    assert policy_id in standing(house.wire, root)


def test_a_policy_that_cannot_be_read_does_not_keep_the_page_back(house: House, root: str) -> None:
    sweep(house)
    exception(house, house.attached(root), root)
    house.wire.fail("DescribePolicy", ApiError("AccessDeniedException", "no"), times=2)
    house.ledger.adopt(root, "p-unseen", None, house.now)
    house.guard(guardrail()).exceptions.catch_up({}, house.now)
    (news,) = house.pager.news
    assert news.policy is None


# What a use leaves behind


def test_a_sweep_that_comes_before_the_event_waits_for_it(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root)
    exception(house, policy_id, root)
    sweep(house)
    assert policy_id in standing(house.wire, root)
    # No event came to say who it was: an exception is not for nobody knows whom.
    sweep(house)
    assert standing(house.wire, root) == ["p-FullAWSAccess"]


@pytest.mark.parametrize(
    "changed",
    [{"content_sha256": "0" * 64}, {"policy_id": "p-another123"}, {"expires_at": NOW + timedelta(minutes=2)}],
)
def test_a_sweep_does_not_wait_where_no_exception_permits_it(
    house: House, root: str, changed: dict[str, Any]
) -> None:
    sweep(house)
    policy_id = house.attached(root)
    exception(house, **{"policy_id": policy_id, "target": root} | changed)
    sweep(house)
    assert standing(house.wire, root) == ["p-FullAWSAccess"]


def test_a_lockout_that_an_exception_let_onto_root_comes_back_only_by_another(
    house: House, root: str
) -> None:
    sweep(house)
    policy_id = house.attached(root)
    exception(house, policy_id, root)
    use(house, root, policy_id)
    house.wire.organization.call("DetachPolicy", {"PolicyId": policy_id, "TargetId": root})
    parameters = {"policyId": policy_id, "targetId": root}
    off = event(
        "DetachPolicy", parameters, userIdentity=DIEGO, eventTime="2023-04-25T00:45:00Z", eventID="off"
    )
    house.now = datetime.fromisoformat("2023-04-25T00:45:17Z")
    house.guard(guardrail()).respond(off)
    assert [page.result for page in house.pager.pages] == [Result.WATCHED]
    house.wire.organization.call("AttachPolicy", {"PolicyId": policy_id, "TargetId": root})
    use(house, root, policy_id, at="2023-04-25T00:50:00Z", event_id="on again")
    assert standing(house.wire, root) == ["p-FullAWSAccess"]


def test_an_accepted_policy_that_locks_nobody_out_still_comes_back_when_it_is_detached(
    house: House, root: str
) -> None:
    sweep(house)
    policy_id = house.attached(root, content=DENY_EC2)
    exception(house, policy_id, root, content_sha256=digest_of(DENY_EC2))
    use(house, root, policy_id)
    house.wire.organization.call("DetachPolicy", {"PolicyId": policy_id, "TargetId": root})
    parameters = {"policyId": policy_id, "targetId": root}
    house.guard(guardrail()).respond(
        event("DetachPolicy", parameters, userIdentity=DIEGO, eventTime="2023-04-25T00:45:00Z", eventID="off")
    )
    assert policy_id in standing(house.wire, root)


def test_ones_own_exception_is_told_and_of_no_use(house: House, root: str) -> None:
    sweep(house)
    policy_id = house.attached(root)
    exception(house, policy_id, root, granted_by=DIEGO["principalId"])
    use(house, root, policy_id)
    assert standing(house.wire, root) == ["p-FullAWSAccess"]
    sweep(house)
    assert told(house) == [State.OPEN]
