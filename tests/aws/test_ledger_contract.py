"""What a ledger promises: held against the one in memory and the one on DynamoDB alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootguard.aws.ledger_exceptions import Exceptions
from rootguard.domain.exceptions import State
from rootguard.domain.facts import BaselinePolicy, Permit, Place, Policy
from rootguard.ports import Ledger
from tests.aws.conftest import Ledgers
from tests.fakes.ledger import FakeLedger

SCP = "SERVICE_CONTROL_POLICY"
ROOT, OU = "r-exam", "ou-exam-12345678"
POLICY, OTHER, LONGER = "p-examplepolicy1", "p-examplepolicy2", "p-examplepolicy11"
ACCOUNT = "444455556666"
KEY = f"{POLICY}#{ROOT}#attached"
DIEGO, SARA = "AROAEXAMPLEROLEID0001:diego", "AROAEXAMPLEROLEID0001:sara"
DENY_ALL = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'
LONGEST = "\U0001f600" * 10_240


def at(second: float) -> datetime:
    return datetime(2023, 12, 5, 8, 15, tzinfo=UTC) + timedelta(seconds=second)


def permit(**different: Any) -> Permit:
    usual = Permit(POLICY, ROOT, "ab" * 32, SARA, at(7200), "forensics, ticket 4711")
    return replace(usual, **different)


@pytest.fixture
def both(ledgers: Ledgers) -> tuple[Ledger, Exceptions | FakeLedger]:
    return ledgers()


@pytest.fixture
def ledger(both: tuple[Ledger, Exceptions | FakeLedger]) -> Ledger:
    return both[0]


@pytest.fixture
def people(both: tuple[Ledger, Exceptions | FakeLedger]) -> Exceptions | FakeLedger:
    return both[1]


@pytest.mark.parametrize(
    "policy",
    [
        Policy(POLICY, SCP, "Quarantine", content=DENY_ALL, description="for forensics"),
        Policy(POLICY, SCP, "", content=""),
        Policy(POLICY, SCP),
        Policy(POLICY, SCP, "FullAWSAccess", aws_managed=True, content=LONGEST),
        Policy(POLICY, SCP, "\u200b#", content='{"a":\r\n"\x00"}'),
    ],
    ids=["usual", "empty", "unknown", "longest", "odd"],
)
def test_the_catalogue_gives_back_what_was_learnt(ledger: Ledger, policy: Policy) -> None:
    assert ledger.policy(POLICY) is None
    ledger.learn(policy, at(0))
    assert ledger.policy(POLICY) == policy
    assert ledger.policy(OTHER) is None


def test_the_catalogue_keeps_the_latest_word(ledger: Ledger) -> None:
    for second, name in [(10, "B"), (5, "A"), (20, "C"), (10.5, "B")]:
        ledger.learn(Policy(POLICY, SCP, name), at(second))
    known = ledger.policy(POLICY)
    assert known is not None
    assert known.name == "C"


def test_nothing_is_a_baseline_until_all_that_stood_there_was_adopted(ledger: Ledger) -> None:
    assert ledger.baseline(ROOT) is None
    ledger.adopt(ROOT, POLICY, BaselinePolicy("A", DENY_ALL), at(0))
    assert ledger.baseline(ROOT) is None
    assert ledger.adopt_all(ROOT, {OTHER: BaselinePolicy("B", DENY_ALL)}, at(1)) is True
    assert ledger.baseline(ROOT) == {
        POLICY: BaselinePolicy("A", DENY_ALL),
        OTHER: BaselinePolicy("B", DENY_ALL),
    }
    assert ledger.baseline(OU) is None


def test_a_target_where_nothing_stands_can_be_adopted(ledger: Ledger) -> None:
    assert ledger.adopt_all(ROOT, {}, at(0)) is True
    assert ledger.baseline(ROOT) == {}


def test_a_target_is_adopted_once(ledger: Ledger) -> None:
    first = {POLICY: BaselinePolicy("A", LONGEST, SCP, "what for", "o-exampleorgid")}
    assert ledger.adopt_all(ROOT, first, at(0)) is True
    assert ledger.adopt_all(ROOT, {OTHER: BaselinePolicy("B", DENY_ALL)}, at(9)) is False
    assert ledger.baseline(ROOT) == first


def test_a_policy_is_accepted_or_gone_as_the_latest_word_says(ledger: Ledger) -> None:
    ledger.adopt_all(ROOT, {}, at(0))
    ledger.adopt(ROOT, POLICY, None, at(30))
    ledger.adopt(ROOT, POLICY, BaselinePolicy("A", DENY_ALL), at(20))
    assert ledger.baseline(ROOT) == {}
    ledger.adopt(ROOT, POLICY, BaselinePolicy("A", DENY_ALL), at(40))
    assert ledger.baseline(ROOT) == {POLICY: BaselinePolicy("A", DENY_ALL)}


def test_said_at_the_same_time_that_it_is_there_wins(ledger: Ledger) -> None:
    ledger.adopt_all(ROOT, {}, at(0))
    for policy_id, words in {POLICY: (None, "A"), OTHER: ("A", None)}.items():
        for name in words:
            ledger.adopt(ROOT, policy_id, BaselinePolicy(name, None) if name else None, at(9))
    assert set(ledger.baseline(ROOT) or ()) == {POLICY, OTHER}


def test_a_policys_targets_are_those_where_it_is_accepted(ledger: Ledger) -> None:
    for target in (ROOT, OU):
        ledger.adopt(target, POLICY, BaselinePolicy("A", DENY_ALL), at(0))
    ledger.adopt(OU, LONGER, BaselinePolicy("B", DENY_ALL), at(0))
    assert ledger.targets_of(POLICY) == {ROOT, OU}
    ledger.adopt(OU, POLICY, None, at(1))
    assert ledger.targets_of(POLICY) == {ROOT}
    assert ledger.targets_of(OTHER) == frozenset()


def test_all_that_is_accepted_is_listed_by_policy_and_target(ledger: Ledger) -> None:
    assert ledger.accepted() == {}
    first, second = BaselinePolicy("A", DENY_ALL, SCP, "-"), BaselinePolicy("B", None)
    ledger.adopt_all(ROOT, {POLICY: first, OTHER: second}, at(0))
    ledger.adopt(OU, POLICY, second, at(0))
    ledger.adopt(ROOT, OTHER, None, at(1))
    assert ledger.accepted() == {POLICY: {ROOT: first, OU: second}}


def test_an_exception_is_for_its_policy_on_its_target(
    ledger: Ledger, people: Exceptions | FakeLedger
) -> None:
    others = [permit(policy_id=LONGER), permit(target_id=f"{ROOT}2"), permit(policy_id=OTHER)]
    for entry in [permit(), *others]:
        assert people.grant(entry, at(0)) is True
    assert ledger.permits(POLICY, ROOT) == (permit(),)
    assert ledger.permits(POLICY, OU) == ()


def test_everyones_exceptions_are_found(ledger: Ledger, people: Exceptions | FakeLedger) -> None:
    mine = {permit(), permit(granted_by=DIEGO), permit(content_sha256="cd" * 32), permit(expires_at=at(60))}
    for entry in mine:
        people.grant(entry, at(0))
    assert set(ledger.permits(POLICY, ROOT)) == mine


def test_a_revoked_exception_permits_nothing(ledger: Ledger, people: Exceptions | FakeLedger) -> None:
    people.grant(permit(), at(0))
    (grant,) = people.all()
    assert people.revoke(grant, at(5)) is True
    assert people.revoke(grant, at(6)) is False
    assert ledger.permits(POLICY, ROOT) == ()
    (revoked,) = people.all()
    assert (revoked.granted_at, revoked.revoked_at) == (at(0), at(5))


def test_the_guard_sees_every_exception_and_what_became_of_it(
    ledger: Ledger, people: Exceptions | FakeLedger
) -> None:
    assert ledger.exceptions() == ()
    used, revoked, over = permit(policy_id=OTHER), permit(target_id=OU), permit(expires_at=at(-60))
    for entry in (permit(), used, revoked, over):
        people.grant(entry, at(0))
    ledger.use(used, "event", at(5))
    people.revoke(next(grant for grant in people.all() if grant.permit == revoked), at(6))
    assert set(ledger.exceptions()) == set(people.all())
    states = {grant.permit: grant.state(at(10)) for grant in ledger.exceptions()}
    assert states == {
        permit(): State.OPEN,
        used: State.USED,
        revoked: State.REVOKED,
        over: State.EXPIRED,
    }


def test_what_was_never_granted_cannot_be_revoked(people: Exceptions | FakeLedger, ledger: Ledger) -> None:
    people.grant(permit(), at(0))
    (grant,) = people.all()
    assert people.revoke(replace(grant, permit=permit(granted_by=DIEGO)), at(5)) is False
    assert ledger.permits(POLICY, ROOT) == (permit(),)


def test_an_exception_is_used_by_one_event_however_often_that_comes(
    ledger: Ledger, people: Exceptions | FakeLedger
) -> None:
    people.grant(permit(), at(0))
    assert ledger.use(permit(), "event", at(5)) is True
    assert ledger.use(permit(), "event", at(5)) is True
    assert ledger.use(permit(), "another", at(5)) is False
    assert ledger.permits(POLICY, ROOT) == ()
    assert ledger.permits(POLICY, ROOT, "another") == ()
    assert ledger.permits(POLICY, ROOT, "event") == (permit(),)
    (grant,) = people.all()
    assert grant.used_at == at(5)


def test_granting_the_same_exception_again_does_not_renew_it(
    ledger: Ledger, people: Exceptions | FakeLedger
) -> None:
    people.grant(permit(), at(0))
    ledger.use(permit(), "event", at(5))
    assert people.grant(permit(), at(6)) is False
    assert ledger.permits(POLICY, ROOT) == ()
    anew = permit(expires_at=at(9000))
    assert people.grant(anew, at(6)) is True
    assert ledger.permits(POLICY, ROOT) == (anew,)


def test_an_incident_is_paged_until_a_page_went_out(ledger: Ledger) -> None:
    assert ledger.open_incident(KEY, {"n": 1}, at(10)) is True
    assert ledger.open_incident(KEY, {"n": 1}, at(10)) is True, "the first delivery's page may have failed"
    ledger.paged(KEY, at(10))
    assert ledger.open_incident(KEY, {"n": 1}, at(10)) is False
    assert ledger.open_incident(KEY, {"n": 2}, at(12)) is False, "the same episode"
    assert ledger.open_incident(f"{KEY}2", {}, at(12)) is True


def test_a_claim_holds_for_a_while_and_can_be_given_up(ledger: Ledger) -> None:
    assert ledger.claim(KEY, at(0))
    assert not ledger.claim(KEY, at(44))
    assert ledger.claim(KEY, at(45))
    ledger.release(KEY, at(46))
    assert ledger.claim(KEY, at(46))
    assert not ledger.claim(KEY, at(47))
    assert ledger.claim(f"{KEY}#fight", at(47))


def test_an_account_belongs_where_it_was_accepted_last_or_else_where_it_was_first(ledger: Ledger) -> None:
    assert ledger.place(ACCOUNT) is None
    for second, parent in ((20, OU), (10, ROOT), (30, OU)):
        ledger.placed(ACCOUNT, Place(parent, at(second), accepted=False))
    assert ledger.place(ACCOUNT) == Place(ROOT, at(10), accepted=False)
    for second, parent in ((5, OU), (25, ROOT), (15, OU)):
        ledger.placed(ACCOUNT, Place(parent, at(second), accepted=True))
        ledger.placed(ACCOUNT, Place("ou-exam-elsewhere", at(1), accepted=False))
    assert ledger.place(ACCOUNT) == Place(ROOT, at(25), accepted=True)
    ledger.placed(ACCOUNT, went_on := Place(OU, at(30), accepted=True, source_id=ROOT))
    assert ledger.place(ACCOUNT) == went_on


def record_of(event_id: str, actor: str) -> dict[str, Any]:
    return {
        "incident_id": event_id,
        "event_id": event_id,
        "actor": {"type": actor},
        "page": {"about": event_id},
    }


def test_what_a_sweep_found_is_news_once_more_when_someone_has_a_name(ledger: Ledger) -> None:
    event, found = record_of("event", "Root"), record_of("sweep", "unseen")
    known = event | {"incident_id": "sweep", "page": {"about": "sweep"}}
    assert ledger.name_incident(KEY, event) is None
    assert ledger.open_incidents() == {}
    ledger.open_incident(KEY, found, at(20))
    ledger.paged(KEY, at(20))
    assert ledger.name_incident(KEY, found) is None
    for _ in range(2):  # the retry, too
        assert ledger.name_incident(KEY, event) == "sweep"
        assert ledger.open_incident(KEY, known, at(10)) is True
    assert ledger.open_incidents() == {KEY: known}
    ledger.paged(KEY, at(10))
    assert ledger.open_incident(KEY, known, at(10)) is False
    # Whoever comes next did not do it.
    assert ledger.name_incident(KEY, record_of("another", "Root")) is None
    assert ledger.open_incident(KEY, record_of("another", "Root"), at(30)) is False


def test_reverts_are_remembered_by_policy_and_target(ledger: Ledger) -> None:
    assert ledger.reverts(POLICY, ROOT) == ()
    for second in (0, 30, 30):
        ledger.reverted(POLICY, ROOT, at(second))
    ledger.reverted(LONGER, ROOT, at(1))
    assert set(ledger.reverts(POLICY, ROOT)) == {at(0), at(30)}
    assert ledger.reverts(POLICY, OU) == ()


def test_open_incidents_are_listed_as_first_seen(ledger: Ledger) -> None:
    document = {"policy": {"content": DENY_ALL}, "exposure_s": 1.5, "accounts": None, "names": ["diego"]}
    ledger.open_incident(KEY, document, at(10))
    ledger.open_incident(KEY, {"n": 2}, at(12))
    ledger.open_incident("another", {"n": 3}, at(12))
    assert ledger.open_incidents() == {KEY: document, "another": {"n": 3}}
    assert ledger.close_incident("another", at(20)) is True
    assert ledger.open_incidents() == {KEY: document}


def test_an_incident_is_closed_once(ledger: Ledger) -> None:
    assert ledger.close_incident(KEY, at(5)) is False
    ledger.open_incident(KEY, {}, at(10))
    assert ledger.close_incident(KEY, at(9)) is False, "that look was before"
    assert ledger.close_incident(KEY, at(20)) is True
    assert ledger.close_incident(KEY, at(20)) is False
    assert ledger.close_incident(KEY, at(30)) is False
    assert ledger.open_incidents() == {}


def test_after_the_close_a_new_sighting_pages_and_a_late_delivery_does_not(ledger: Ledger) -> None:
    ledger.open_incident(KEY, {"n": 1}, at(10))
    ledger.paged(KEY, at(10))
    ledger.close_incident(KEY, at(20))
    assert ledger.open_incident(KEY, {"n": 1}, at(10)) is False
    assert ledger.open_incidents() == {}
    assert ledger.open_incident(KEY, {"n": 2}, at(30)) is True
    assert ledger.open_incidents() == {KEY: {"n": 2}}


def test_a_page_that_goes_out_after_the_close_does_not_count_for_the_next_episode(ledger: Ledger) -> None:
    ledger.open_incident(KEY, {}, at(10))
    ledger.close_incident(KEY, at(20))
    ledger.paged(KEY, at(10))
    assert ledger.open_incident(KEY, {}, at(30)) is True


def test_every_incident_is_on_record_open_ones_first_then_the_latest_closed(ledger: Ledger) -> None:
    assert ledger.incidents() == ()
    for key, opened, closed in [("first", 10, 50), ("second", 20, 30), ("third", 40, None), ("4", 60, None)]:
        ledger.open_incident(key, {"event_id": f"of {key}"}, at(opened))
        if closed:
            ledger.paged(key, at(opened))
            ledger.close_incident(key, at(closed))
    told = [(i.key, i.record["event_id"], i.opened_at, i.closed_at, i.was_paged) for i in ledger.incidents()]
    assert told == [
        ("4", "of 4", at(60), None, False),
        ("third", "of third", at(40), None, False),
        ("first", "of first", at(10), at(50), True),
        ("second", "of second", at(20), at(30), True),
    ]


def test_an_open_incident_is_unpaged_until_its_page_went_out(ledger: Ledger) -> None:
    ledger.open_incident(KEY, {"event_id": "1"}, at(10))
    ledger.open_incident("another", {"event_id": "2"}, at(20))
    ledger.open_incident("a difference", {"kind": "sighting"}, at(20))
    ledger.paged("another", at(20))
    assert [(i.key, i.record["event_id"], i.opened_at) for i in ledger.unpaged()] == [(KEY, "1", at(10))]
    ledger.paged(KEY, ledger.unpaged()[0].opened_at)
    assert ledger.unpaged() == ()
    ledger.close_incident(KEY, at(30))
    ledger.open_incident(KEY, {"event_id": "3"}, at(40))
    assert [i.record["event_id"] for i in ledger.unpaged()] == ["3"]


def test_an_incident_can_be_seen_later_than_the_look_that_would_close_it(ledger: Ledger) -> None:
    assert not ledger.seen_since(KEY, at(10))
    for second in (10, 30):
        ledger.open_incident(KEY, {}, at(second))
    assert ledger.seen_since(KEY, at(20))
    assert not ledger.seen_since(KEY, at(30))
    ledger.close_incident(KEY, at(30))
    assert not ledger.seen_since(KEY, at(20))


def test_each_episode_of_an_incident_is_on_record(ledger: Ledger) -> None:
    for opened, closed in [(10, 20), (30, 40), (50, None)]:
        ledger.open_incident(KEY, {"event_id": str(opened)}, at(opened))
        if closed:
            ledger.close_incident(KEY, at(closed))
    assert [i.record["event_id"] for i in ledger.incidents()] == ["50", "30", "10"]


def test_what_is_no_incident_is_not_among_them(ledger: Ledger) -> None:
    ledger.open_incident("a difference", {"kind": "sighting"}, at(10))
    ledger.open_incident("an exception", {"kind": "exception"}, at(10))
    ledger.close_incident("an exception", at(20))
    assert ledger.incidents() == ()


POLICIES = st.sampled_from([POLICY, OTHER])
TARGETS = st.sampled_from([ROOT, OU])
KEYS = st.sampled_from([KEY, "another"])
NAMES = st.sampled_from(["A", "B"])
Step = tuple[datetime, str, tuple[Any, ...]]


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Step], list[Step]]:
    """What happened in order, and one way that word of it arrives: shuffled, some of it twice."""
    steps: list[Step] = []
    for target in draw(st.sets(TARGETS)):
        names = draw(st.dictionaries(POLICIES, NAMES))
        accepted = {policy: BaselinePolicy(name, DENY_ALL) for policy, name in names.items()}
        steps.append((at(draw(st.integers(0, 9))), "adopt_all", (target, accepted)))
    for _ in range(draw(st.integers(0, 4))):
        when = at(draw(st.integers(0, 9)))
        policy, name = draw(POLICIES), draw(st.none() | NAMES)
        word = BaselinePolicy(name, DENY_ALL) if name else None
        steps.append((when, "adopt", (draw(TARGETS), policy, word)))
        steps.append((when, "learn", (Policy(policy, SCP, name),)))
    # Sightings and closes of one moment cannot be told apart, so each has its own.
    moments = draw(st.lists(st.integers(0, 60), unique=True, max_size=6))
    for second in moments:
        key, kind = draw(KEYS), draw(st.sampled_from(["open_incident", "close_incident"]))
        steps.append((at(second), kind, (key, {}) if kind == "open_incident" else (key,)))
        if kind == "open_incident" and draw(st.booleans()):
            steps.append((at(second), "paged", (key,)))
    arriving = draw(
        st.permutations([*steps, *draw(st.lists(st.sampled_from(steps) if steps else st.nothing()))])
    )
    return sorted(steps, key=lambda step: step[0]), arriving


def told(ledger: Ledger, steps: list[Step]) -> dict[str, Any]:
    """Tell a ledger all of it, and return what it then remembers."""
    for when, name, arguments in steps:
        report: Callable[..., object] = getattr(ledger, name)
        report(*arguments, when)
    return {
        "catalogue": {policy: ledger.policy(policy) for policy in (POLICY, OTHER)},
        "baseline": {target: ledger.baseline(target) for target in (ROOT, OU)},
        "targets": {policy: ledger.targets_of(policy) for policy in (POLICY, OTHER)},
        "open": set(ledger.open_incidents()),
        "pages": {key: ledger.open_incident(key, {}, at(99)) for key in (KEY, "another")},
    }


@given(history=histories())
@settings(deadline=None, max_examples=40)
def test_any_order_and_any_repetition_end_in_the_same_state(
    ledgers: Ledgers, history: tuple[list[Step], list[Step]]
) -> None:
    in_order, as_it_arrives = history
    assert told(ledgers()[0], as_it_arrives) == told(ledgers()[0], in_order)
