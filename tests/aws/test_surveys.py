"""The survey, in memory and on DynamoDB: the same meaning of both."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rootguard.aws.ledger_table import Table
from rootguard.aws.surveys import DynamoSurveys
from rootguard.domain.survey import Listing, Spot, Survey, Turn
from rootguard.ports import LedgerError, Surveys
from tests.fakes.surveys import FakeSurveys
from tests.given import ACCOUNT, NOW, OU, RCP, ROOT, SCP

MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["memory", "dynamodb"])
def surveys(request: pytest.FixtureRequest) -> Surveys:
    if request.param == "memory":
        return FakeSurveys()
    client = request.getfixturevalue("dynamodb")
    name = request.getfixturevalue("table")
    return DynamoSurveys(Table(name, lambda: client))


def test_nothing_is_known_at_first(surveys: Surveys) -> None:
    assert surveys.survey() == Survey()


def test_all_that_is_kept_is_found(surveys: Surveys) -> None:
    spots = {
        ACCOUNT: Spot((OU, ROOT), types=frozenset({SCP}), at=NOW),
        OU: Spot((), types=frozenset(), at=NOW),
    }
    turns = {SCP: Turn("p-examplepolicy1", complete=True), "contents": Turn()}
    for target_id, spot in spots.items():
        surveys.keep_spot(target_id, spot)
    for name, turn in turns.items():
        surveys.keep_turn(name, turn, NOW)
    surveys.moved(NOW)
    listings = {SCP: Listing(frozenset({"p-examplepolicy1", "p-examplepolicy2"}), NOW)}
    listings[RCP] = Listing(frozenset(), NOW)
    for policy_type, listing in listings.items():
        surveys.keep_listing(policy_type, listing)
        surveys.keep_listing(policy_type, Listing(frozenset({"p-older1234"}), NOW - MINUTE))
    assert surveys.survey() == Survey(spots, turns, NOW, listings)


def test_the_later_word_stays_and_of_one_time_the_last(surveys: Surveys) -> None:
    later = Spot((ROOT,), types=frozenset({SCP}), at=NOW + MINUTE)
    for spot in (later, Spot((OU, ROOT), types=frozenset(), at=NOW)):
        surveys.keep_spot(ACCOUNT, spot)
    for at in (NOW + MINUTE, NOW):
        surveys.keep_turn(SCP, Turn(f"{at}"), at)
        surveys.moved(at)
    assert surveys.survey() == Survey({ACCOUNT: later}, {SCP: Turn(f"{NOW + MINUTE}")}, NOW + MINUTE)
    surveys.keep_spot(ACCOUNT, Spot((ROOT,), types=frozenset(), at=NOW + MINUTE))
    assert not surveys.survey().spots[ACCOUNT].types


@pytest.mark.parametrize(
    "item", [{"sk": "MOVED", "as_of": "today"}, {"sk": f"SPOT#{ACCOUNT}"}, {"sk": "LISTED#X"}]
)
def test_an_item_that_someone_else_wrote_is_no_answer(
    dynamodb: Any, table: str, item: dict[str, str]
) -> None:
    words = {"pk": "SURVEY#", **item}
    dynamodb.put_item(TableName=table, Item={name: {"S": text} for name, text in words.items()})
    with pytest.raises(LedgerError, match="cannot be read"):
        DynamoSurveys(Table(table, lambda: dynamodb)).survey()
