"""The page of a policy type whose attachments are being put back."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from rootguard.cloudtrail.read import ChangeKind
from rootguard.incidents.incident import Restoring, Result
from rootguard.notify.document import document
from rootguard.notify.layouts import slack
from tests.domain.records import EVERY_KIND
from tests.given import NOW
from tests.notify import words
from tests.notify.test_render_kinds import page

DISABLED = EVERY_KIND[ChangeKind.TYPE_DISABLED]


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "putting 1 attachment back takes 1 s at least"),
        (340, "putting all 340 attachments back takes 2 min 50 s at least"),
    ],
)
def test_it_says_how_many_come_back_and_how_long_it_takes(count: int, said: str) -> None:
    told = page(DISABLED, Result.UNDONE, restoring=Restoring(count, NOW - timedelta(minutes=7)))
    body = words.body(told)
    assert f"It is NOT safe yet: disabling took them off everywhere, and {said}." in body
    assert "The policies are those of 2023-04-25 00:26:44 UTC" in body
    assert "Attach your SCPs again" not in body
    assert not told.is_safe


@pytest.mark.parametrize("restoring", [None, Restoring(340, NOW)])
def test_no_short_form_of_it_lets_anyone_go_back_to_sleep(restoring: Restoring | None) -> None:
    told = page(DISABLED, Result.UNDONE, restoring=restoring)
    short = "ENABLED AGAIN, NOT SAFE YET: SCPs disabled in the organization"
    assert words.subject(told) == f"Rootguard {short}"
    assert words.sms(told).startswith(f"Rootguard {short}, after 17 s. By the root user of account")
    assert len(words.sms(told)) <= 140
    sent = slack.message(words.page(told))
    assert sent["blocks"][0]["text"]["text"].endswith(f" {short}")
    assert sent["text"].startswith("Rootguard ENABLED AGAIN, NOT SAFE YET. ")


def test_where_nothing_stood_it_is_safe() -> None:
    told = page(DISABLED, Result.UNDONE, restoring=Restoring(0, NOW))
    assert "It is safe now: the change is undone." in words.body(told)
    assert words.subject(told).startswith("Rootguard UNDONE: ")
    assert told.is_safe


def test_machines_are_told_too() -> None:
    told = page(DISABLED, Result.UNDONE, restoring=Restoring(340, NOW))
    assert json.loads(json.dumps(document(told)))["restoring"] == {
        "attachments": 340,
        "seconds_at_least": 170.0,
        "listed_at": NOW.isoformat(),
    }
    assert document(page(DISABLED, Result.UNDONE))["restoring"] is None
