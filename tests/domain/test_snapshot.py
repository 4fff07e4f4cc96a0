"""The snapshot: what is looked at next, what stood before a type was disabled, and how much is back."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rootguard.domain.remedy import Attach
from rootguard.domain.snapshot import CALLS, Progress, Seen, Sight, Snapshot, without_full_access
from tests.given import ACCOUNT, NOW, OU, POLICY, ROOT

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
OTHER = "p-another1"
PLACES = [ROOT, OU, "ou-exam-teamteam", ACCOUNT, "111122224444"]
POLICIES = [f"p-policy{number:03}" for number in range(40)]

places = st.frozensets(st.sampled_from(PLACES))
looks = st.lists(st.tuples(st.sampled_from(POLICIES[:3]), places), max_size=12)


def sight(*targets: str, at: datetime = NOW - HOUR) -> Sight:
    return Sight(frozenset(targets), at)


def snapshot(**seen: Seen) -> Snapshot:
    by_id = {f"p-{name}": entry for name, entry in seen.items()}
    return Snapshot(NOW - HOUR, frozenset(by_id), by_id)


def names(attachments: tuple[Attach, ...]) -> list[tuple[str, str]]:
    return [(attachment.policy_id, attachment.target_id) for attachment in attachments]


# Taking it


def test_it_is_listed_once_an_hour() -> None:
    assert Snapshot().is_listing_due(NOW)
    assert Snapshot(NOW - HOUR).is_listing_due(NOW)
    assert not Snapshot(NOW - HOUR + MINUTE).is_listing_due(NOW)


def test_what_was_never_looked_at_comes_first_then_what_was_longest_ago() -> None:
    seen = {
        POLICIES[0]: Seen(sight(at=NOW - 2 * HOUR)),
        POLICIES[1]: Seen(sight(at=NOW - 3 * HOUR)),
        POLICIES[2]: Seen(sight(at=NOW - MINUTE)),
        "p-isgone01": Seen(sight(at=NOW - 9 * HOUR)),
    }
    known = Snapshot(NOW, frozenset(POLICIES[:4]), seen)
    assert known.due(NOW) == (POLICIES[3], POLICIES[1], POLICIES[0])


def test_a_sweep_takes_so_many_looks_and_the_sweeps_together_all() -> None:
    known = Snapshot(NOW, frozenset(POLICIES))
    assert len(known.due(NOW)) == CALLS
    looked: list[str] = []
    while due := known.due(NOW):
        looked += due
        known = Snapshot(NOW, known.listed, {policy_id: Seen(sight(at=NOW)) for policy_id in looked})
    assert sorted(looked) == POLICIES


def test_a_policy_on_many_targets_counts_for_as_many_calls_as_it_takes() -> None:
    everywhere = frozenset(f"{number:012}" for number in range(20 * CALLS))
    seen = {policy_id: Seen(Sight(everywhere, NOW - 2 * HOUR)) for policy_id in POLICIES[:2]}
    assert Snapshot(NOW, frozenset(seen), seen).due(NOW) == (POLICIES[0],)


def test_full_access_is_no_part_of_it() -> None:
    assert without_full_access(frozenset({POLICY, "p-FullAWSAccess", "p-RCPFullAWSAccess"})) == {POLICY}


# What stood


def test_what_stood_comes_from_the_top() -> None:
    known = snapshot(bvdv3rx3=Seen(sight(ACCOUNT, OU, ROOT)), another1=Seen(sight(OU)))
    assert names(known.wanted(NOW)) == [(POLICY, ROOT), (OTHER, OU), (POLICY, OU), (POLICY, ACCOUNT)]


def test_a_deleted_policy_is_not_wanted() -> None:
    known = Snapshot(NOW, frozenset(), {POLICY: Seen(sight(ROOT))})
    assert known.wanted(NOW) == ()


def test_a_look_after_the_type_was_disabled_takes_nothing_away() -> None:
    seen = Seen(sight(ROOT, at=NOW - HOUR)).looked(frozenset(), NOW + MINUTE)
    assert names(snapshot(bvdv3rx3=seen).wanted(NOW)) == [(POLICY, ROOT)]
    # Nor does one in the very second, since events tell whole seconds.
    seen = Seen(sight(ROOT, at=NOW - HOUR)).looked(frozenset(), NOW)
    assert names(snapshot(bvdv3rx3=seen).wanted(NOW)) == [(POLICY, ROOT)]


@given(before=places, after=st.lists(places, max_size=5))
def test_no_look_of_a_restore_takes_anything_away(
    before: frozenset[str], after: list[frozenset[str]]
) -> None:
    seen = Seen(Sight(before, NOW - HOUR))
    for number, targets in enumerate(after):
        seen = seen.looked(targets, NOW + number * MINUTE, since=NOW)
    known = snapshot(bvdv3rx3=seen)
    assert {attachment.target_id for attachment in known.wanted(NOW)} == before


# What is missing


@given(wanted=places, back=places)
def test_missing_is_what_stood_and_was_not_seen_again(wanted: frozenset[str], back: frozenset[str]) -> None:
    seen = Seen(Sight(wanted, NOW - HOUR)).looked(back, NOW + MINUTE, since=NOW)
    assert snapshot(bvdv3rx3=seen).missing(NOW).get(POLICY, frozenset()) == wanted - back


@given(places)
def test_all_is_missing_until_it_was_looked_at(wanted: frozenset[str]) -> None:
    known = snapshot(bvdv3rx3=Seen(Sight(wanted, NOW - HOUR)))
    assert known.missing(NOW).get(POLICY, frozenset()) == wanted
    assert known.to_confirm(NOW) == ((POLICY,) if wanted else ())


@given(looks)
def test_restored_and_missing_make_up_what_stood(taken: list[tuple[str, frozenset[str]]]) -> None:
    seen = {policy_id: Seen(Sight(frozenset(PLACES), NOW - HOUR)) for policy_id in POLICIES[:3]}
    for number, (policy_id, targets) in enumerate(taken, start=1):
        seen[policy_id] = seen[policy_id].looked(targets, NOW + number * MINUTE, since=NOW)
    known = Snapshot(NOW, frozenset(seen), seen)
    missing = {(policy_id, target) for policy_id, targets in known.missing(NOW).items() for target in targets}
    last = dict(taken)
    assert missing == {
        (policy_id, target)
        for policy_id in seen
        for target in PLACES
        if target not in last.get(policy_id, frozenset())
    }
    assert len(known.wanted(NOW)) == 3 * len(PLACES)
    assert known.progress(NOW) == Progress(3 * len(PLACES) - len(missing), 3 * len(PLACES))


def test_a_restore_is_given_up_after_all_messages_had_their_tries() -> None:
    known = snapshot(bvdv3rx3=Seen(sight(ROOT)))
    assert not known.given_up(NOW, NOW + 30 * MINUTE)
    assert known.given_up(NOW, NOW + 31 * MINUTE)
    many = snapshot(bvdv3rx3=Seen(Sight(frozenset(f"{number:012}" for number in range(600)), NOW - HOUR)))
    assert not many.given_up(NOW, NOW + 40 * MINUTE)
    assert many.given_up(NOW, NOW + 41 * MINUTE)
