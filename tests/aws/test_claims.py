"""A notice is paged by one notifier, and by another one if the first dies on the way."""

from __future__ import annotations

from typing import Any

import pytest

from rootguard.aws.claims import Claims
from rootguard.aws.dynamo import Table
from tests.aws.examples import at

KEY = "i-0123456789ab/found"


@pytest.fixture
def claims(table: Table) -> Claims:
    return Claims(table, "one")


@pytest.fixture
def others(table: Table) -> Claims:
    return Claims(table, "two")


def test_a_claim_holds_for_a_minute(claims: Claims, others: Claims) -> None:
    assert claims.claim(KEY, at(0))
    assert not others.claim(KEY, at(59.9))
    assert others.claim(f"{KEY}2", at(1))
    assert others.claim(KEY, at(60)), "whoever held it died"
    assert not claims.claim(KEY, at(61))


def test_of_two_claims_at_the_same_moment_one_counts(claims: Claims, others: Claims) -> None:
    assert [each.claim(KEY, at(0)) for each in (claims, others)] == [True, False]


def test_a_claim_can_be_given_up(claims: Claims, others: Claims) -> None:
    claims.release(KEY)
    assert claims.claim(KEY, at(0))
    claims.release(KEY)
    claims.release(KEY)
    assert others.claim(KEY, at(1))
    assert not claims.claim(KEY, at(2))


def test_what_people_heard_of_is_never_claimed_again(claims: Claims, written: Any) -> None:
    assert claims.claim(KEY, at(0))
    claims.paged(KEY, at(5))
    claims.release(KEY)
    for second in (6, 60, 86_400):
        assert not claims.claim(KEY, at(second))
    ((_, item),) = written().items()
    assert int(item["expires"]["N"]) == int(at(5).timestamp()) + 365 * 24 * 3600


def test_a_page_that_goes_out_without_a_claim_counts_too(claims: Claims) -> None:
    claims.paged(KEY, at(0))
    assert not claims.claim(KEY, at(1))


def test_a_claim_whose_answer_was_lost_is_ones_own_when_the_sdk_tries_again(claims: Claims) -> None:
    assert claims.claim(KEY, at(0))
    assert claims.claim(KEY, at(0))
