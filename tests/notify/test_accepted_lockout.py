"""The page of a lockout that was accepted on Root and is one no more: nothing was undone, and it is safe."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from rootguard.incidents.incident import Incident, Result
from rootguard.notify.document import document, record
from rootguard.notify.layouts import slack
from rootguard.notify.words import closing, incidents
from tests.domain.records import detach, update
from tests.domain.verdicts import ACCEPTED, FULL, known
from tests.given import DENY_ALL, DENY_EC2, NOW, POLICY, ROOT
from tests.notify import words
from tests.notify.test_render_kinds import page

LOCKED = known(baseline={ROOT: {POLICY: replace(ACCEPTED, content=DENY_ALL), "p-FullAWSAccess": FULL}})
TAKEN_OFF = page(detach(), Result.WATCHED, LOCKED)
MENDED = page(update(DENY_EC2), Result.WATCHED, LOCKED)
EDITED = page(update(name="Still"), Result.WATCHED, LOCKED)


@pytest.mark.parametrize("told", [TAKEN_OFF, MENDED], ids=["taken off", "edited"])
def test_every_word_of_it_says_that_it_is_safe(told: Incident) -> None:
    body = words.body(told)
    assert body.splitlines()[1] == "It is safe now: nobody is locked out by it any more."
    assert "Stood     not at all: it ended a lockout\n" in body
    assert "in force" not in body
    assert "1. Nothing, if ending the lockout was intended." in body
    assert document(told)["safe"] is True
    header = slack.message(incidents.page(told))["blocks"][0]["text"]["text"]
    assert "NOT TOUCHED, safe now: " in header


def test_what_is_accepted_no_more_is_said_of_what_was_taken_off() -> None:
    forgotten = "Rootguard accepts it there no more."
    assert forgotten in words.body(TAKEN_OFF)
    assert "denied everything to everyone: it stays off." in words.body(TAKEN_OFF)
    assert forgotten not in words.body(MENDED)
    assert "denied everything to everyone: it is not given back." in words.body(MENDED)


def test_the_last_word_claims_no_time() -> None:
    over = closing.page(json.loads(json.dumps(record(TAKEN_OFF))), NOW)
    assert over.aside == ", stood not at all: it ended a lockout"


def test_one_edited_into_another_lockout_is_in_force() -> None:
    assert document(EDITED)["safe"] is False
    body = words.body(EDITED)
    assert body.splitlines()[1] == "It is in force until someone undoes it."
    assert "Stood     since then, and still does\n" in body
