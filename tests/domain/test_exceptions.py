"""Exceptions: what one covers, how long, for whom, and where it is in its life."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.domain.exceptions import LONGEST, Permit, State, covering
from rootguard.domain.policy import Policy, digest_of
from tests.domain.verdicts import permit
from tests.given import DENY_ALL, DENY_EC2, NOW, OU, POLICY, ROOT, SCP, policy

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
GRANTED, ENDS = NOW - HOUR, NOW + 2 * HOUR


@pytest.mark.parametrize(
    ("at", "covered"),
    [
        (GRANTED - SECOND, False),
        (GRANTED, True),
        (NOW, True),
        (ENDS - SECOND, True),
        (ENDS, False),
    ],
)
def test_it_covers_what_was_done_from_the_grant_until_its_end(at: Any, covered: bool) -> None:
    assert permit().permits(at) is covered


def test_how_late_the_event_comes_does_not_count() -> None:
    # The same answer at any time: only the time of the change is asked for.
    assert permit().permits(ENDS - SECOND)
    assert permit(used_at=None).state(ENDS + HOUR) is State.EXPIRED


def test_whatever_granters_write_none_reaches_further_than_a_day() -> None:
    day = permit(granted_at=NOW, expires_at=NOW + LONGEST)
    assert day.permits(NOW + LONGEST - SECOND)
    longer = permit(granted_at=NOW, expires_at=NOW + LONGEST + timedelta(minutes=6))
    assert not any(longer.permits(NOW + hours * HOUR) for hours in range(26))


def test_one_that_does_not_say_when_it_was_granted_covers_its_last_day() -> None:
    unsaid = permit(granted_at=None, expires_at=NOW + 5 * LONGEST)
    assert not unsaid.permits(NOW + 4 * LONGEST - SECOND)
    assert unsaid.permits(NOW + 4 * LONGEST)


def test_one_that_ends_before_it_begins_covers_nothing() -> None:
    odd = permit(granted_at=NOW + HOUR, expires_at=NOW - HOUR)
    assert not any(odd.permits(NOW + minutes * timedelta(minutes=10)) for minutes in range(-12, 12))


def test_one_that_was_revoked_covers_what_was_done_before() -> None:
    revoked = permit(revoked_at=NOW)
    assert revoked.permits(NOW - SECOND)
    assert not revoked.permits(NOW)


def test_it_is_used_once_and_its_event_may_come_again() -> None:
    used = permit(used_at=NOW, used_by="first")
    assert used.permits(NOW, "first")
    assert not used.permits(NOW, "second")
    assert not used.permits(NOW)


@pytest.mark.parametrize(
    ("of", "at", "state"),
    [
        (permit(), NOW, State.OPEN),
        (permit(), ENDS, State.EXPIRED),
        (permit(revoked_at=NOW), NOW, State.REVOKED),
        (permit(revoked_at=NOW), ENDS, State.REVOKED),
        (permit(used_at=NOW, used_by="x"), ENDS, State.USED),
        (permit(used_at=NOW, used_by="x", revoked_at=NOW), NOW, State.USED),
    ],
)
def test_its_life(of: Permit, at: Any, state: State) -> None:
    assert of.state(at) is state


@pytest.mark.parametrize(
    ("of", "target"),
    [
        (policy(DENY_EC2), ROOT),
        (policy(DENY_ALL + " "), ROOT),
        (policy(id="p-another1"), ROOT),
        (policy(), OU),
        (Policy(POLICY, SCP), ROOT),
    ],
)
def test_one_policy_with_one_content_on_one_target_is_covered(of: Policy, target: str) -> None:
    assert covering([permit()], policy(), ROOT, NOW) == (permit(),)
    assert covering([permit()], of, target, NOW) == ()


def test_an_unknown_content_has_no_digest_that_an_exception_could_name() -> None:
    unread = Policy(POLICY, SCP)
    assert (
        covering([permit(content_sha256=""), permit(content_sha256=unread.digest)], unread, ROOT, NOW) == ()
    )


def test_a_content_is_named_by_its_sha_256() -> None:
    assert digest_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digest_of("é\ud800") == sha256(b"\xc3\xa9\xed\xa0\x80").hexdigest()


def test_two_exceptions_are_told_apart() -> None:
    changed: list[dict[str, Any]] = [
        {"policy_id": "p-another1"},
        {"target_id": OU},
        {"content_sha256": digest_of(DENY_EC2)},
        {"granted_by": "someone else"},
        {"expires_at": NOW},
    ]
    assert len({permit().key, *(permit(**change).key for change in changed)}) == 6
    assert permit(reason="another", used_at=NOW, revoked_at=NOW).key == permit().key


times = st.datetimes(
    min_value=(NOW - 3 * LONGEST).replace(tzinfo=None), max_value=(NOW + 3 * LONGEST).replace(tzinfo=None)
).map(lambda at: at.replace(tzinfo=NOW.tzinfo))
permits = st.builds(
    permit,
    granted_at=st.none() | times,
    expires_at=times,
    revoked_at=st.none() | times,
    used_at=st.none() | times,
    used_by=st.none() | st.sampled_from(["first", "second"]),
)


@given(permits)
def test_it_survives_json(of: Permit) -> None:
    assert Permit.from_json(of.as_json()) == of


@given(permits, times, st.sampled_from(["first", "second", ""]))
def test_it_never_covers_more_than_it_says(of: Permit, at: Any, event_id: str) -> None:
    if not of.permits(at, event_id):
        return
    assert at < of.expires_at
    assert of.granted_at is None or of.granted_at <= at
    assert of.expires_at - at <= LONGEST + timedelta(minutes=5)
    assert of.revoked_at is None or at < of.revoked_at
    assert of.used_at is None or of.used_by == event_id
