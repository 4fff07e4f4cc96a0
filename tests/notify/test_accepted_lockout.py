"""The page of a lockout that was accepted on Root and is one no more: nothing was undone, and it is safe."""

from __future__ import annotations

import pytest

from rootguard.domain.verdict import Obstacle
from rootguard.incidents.incident import Result
from rootguard.incidents.notice import Stage
from rootguard.notify.layouts import slack
from rootguard.notify.story import Story
from tests.domain.records import detach, update
from tests.given import DENY_EC2, NOW
from tests.notify import laid_out
from tests.notify.stories import story

LOCKED = Obstacle.LOCKOUT_ACCEPTED
DETACHED = story(detach(), Result.WATCHED, obstacle=LOCKED)
HARMLESS = story(update(DENY_EC2), Result.WATCHED, obstacle=LOCKED)
EDITED = story(update(name="Still"), Result.WATCHED, obstacle=LOCKED)


@pytest.mark.parametrize("told", [DETACHED, HARMLESS], ids=["detached", "edited"])
def test_every_word_of_it_says_that_it_is_safe(told: Story) -> None:
    body = laid_out.body(told)
    assert body.splitlines()[1] == "It is safe now: nobody is locked out by it any more."
    assert "In force  not at all: it ended a lockout\n" in body
    assert "in force until" not in body
    assert "1. Nothing, if ending the lockout was intended." in body
    assert laid_out.page(told).safe is True
    header = slack.message(laid_out.page(told))["blocks"][0]["text"]["text"]
    assert "NOT TOUCHED, safe now: " in header


def test_what_is_not_accepted_any_more_is_said_of_what_was_detached() -> None:
    forgotten = "Rootguard does not accept it there any more."
    assert forgotten in laid_out.body(DETACHED)
    assert "denied everything to everyone: it stays detached." in laid_out.body(DETACHED)
    assert forgotten not in laid_out.body(HARMLESS)
    assert "denied everything to everyone: it is not given back." in laid_out.body(HARMLESS)


def test_the_last_word_claims_no_time() -> None:
    over = story(detach(), Result.WATCHED, obstacle=LOCKED, stage=Stage.OVER, closed_at=NOW)
    assert laid_out.page(over).aside == ", in force not at all: it ended a lockout"


def test_one_edited_into_another_lockout_is_in_force() -> None:
    assert laid_out.page(EDITED).safe is False
    body = laid_out.body(EDITED)
    assert body.splitlines()[1] == "It is in force until someone undoes it."
    assert "In force  still in force\n" in body
