"""What a table of exceptions promises: held against the one in memory and the one on DynamoDB alike."""

from __future__ import annotations

import pytest

from rootguard.ports import LedgerError
from tests.aws.conftest import Granting, Memory
from tests.aws.examples import DIEGO, LONGER, OTHER, OU, POLICY, ROOT, at, permit
from tests.fakes.exceptions import FakeExceptions

Exceptions = Granting | FakeExceptions


@pytest.fixture
def exceptions(memory: Memory) -> Exceptions:
    return memory.exceptions


def test_an_exception_is_for_its_policy_on_its_target(exceptions: Exceptions) -> None:
    others = [permit(policy_id=LONGER), permit(target_id=f"{ROOT}2"), permit(policy_id=OTHER)]
    for entry in [permit(), *others]:
        assert exceptions.grant(entry) is True
    assert exceptions.permits(POLICY, ROOT) == (permit(),)
    assert exceptions.permits(POLICY, OU) == ()
    assert set(exceptions.all()) == {permit(), *others}


def test_everyones_exceptions_are_found(exceptions: Exceptions) -> None:
    for entry in (permit(), permit(granted_by=DIEGO)):
        exceptions.grant(entry)
    assert set(exceptions.permits(POLICY, ROOT)) == {permit(), permit(granted_by=DIEGO)}


def test_the_same_exception_is_granted_once(exceptions: Exceptions) -> None:
    assert exceptions.grant(permit()) is True
    assert exceptions.grant(permit()) is False
    assert exceptions.permits(POLICY, ROOT) == (permit(),)


def test_an_exception_is_revoked_once(exceptions: Exceptions) -> None:
    assert exceptions.revoke(permit(), at(5)) is False, "there is none"
    exceptions.grant(permit())
    assert exceptions.revoke(permit(content_sha256="cd" * 32), at(5)) is False
    assert exceptions.revoke(permit(), at(5)) is True
    assert exceptions.revoke(permit(), at(6)) is False
    assert exceptions.permits(POLICY, ROOT) == (permit(revoked_at=at(5)),)


def test_what_was_revoked_can_be_granted_anew(exceptions: Exceptions) -> None:
    exceptions.grant(permit())
    exceptions.revoke(permit(), at(5))
    anew = permit(granted_at=at(6))
    assert exceptions.grant(anew) is True
    assert exceptions.permits(POLICY, ROOT)[-1] == anew


def test_the_exception_before_stays_for_an_event_that_is_late(exceptions: Exceptions) -> None:
    first, second = permit(), permit(content_sha256="cd" * 32, granted_at=at(10))
    exceptions.grant(first)
    exceptions.revoke(first, at(5))
    exceptions.grant(second)
    found = exceptions.permits(POLICY, ROOT)
    assert found == (permit(revoked_at=at(5)), second)
    assert found[0].permits(at(3))
    assert not found[0].permits(at(5))


def test_the_third_takes_the_place_of_one_that_is_over_and_of_no_other(exceptions: Exceptions) -> None:
    over, second = permit(expires_at=at(60)), permit(content_sha256="cd" * 32, granted_at=at(10))
    third = permit(content_sha256="ef" * 32, granted_at=at(61))
    for entry in (over, second, third):
        assert exceptions.grant(entry)
    assert exceptions.permits(POLICY, ROOT) == (second, third)
    with pytest.raises(LedgerError, match="revoke the older one"):
        exceptions.grant(permit(granted_at=at(70)))
    assert exceptions.permits(POLICY, ROOT) == (second, third)


def test_a_long_reason_is_refused_rather_than_cut(exceptions: Exceptions) -> None:
    exceptions.grant(permit(reason="\U0001f600" * 1_000))
    assert exceptions.permits(POLICY, ROOT) == (permit(reason="\U0001f600" * 1_000),)
    with pytest.raises(LedgerError, match="reason is longer"):
        exceptions.grant(permit(granted_by=DIEGO, reason="x" * 1_001))
