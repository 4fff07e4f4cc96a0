"""The page of a policy type whose attachments are being put back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rootguard.domain.drift import ChangeKind
from rootguard.incidents.incident import Restoring
from rootguard.notify.layouts import slack
from tests.given import NOW
from tests.notify import laid_out
from tests.notify.stories import RECORDS, story

DISABLED = RECORDS[ChangeKind.TYPE_DISABLED]


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "putting 1 attachment back takes 1 s at least"),
        (340, "putting all 340 attachments back takes 2 min 50 s at least"),
    ],
)
def test_it_says_how_many_come_back_and_how_long_it_takes(count: int, said: str) -> None:
    told = story(DISABLED, restoring=Restoring(count, NOW - timedelta(minutes=7)))
    body = laid_out.body(told)
    assert f"It is NOT safe yet: disabling detached them everywhere, and {said}." in body
    assert (
        "They are those that Rootguard last saw at 2023-04-25 00:26:44 UTC: attach by hand what is newer."
        in body
    )
    assert "Attach your SCPs again" not in body
    assert not told.incident.is_safe


@pytest.mark.parametrize("restoring", [None, Restoring(340, NOW)])
def test_no_short_form_of_it_lets_anyone_go_back_to_sleep(restoring: Restoring | None) -> None:
    told = story(DISABLED, restoring=restoring)
    short = "ENABLED AGAIN, NOT SAFE YET: SCPs disabled in the organization"
    assert laid_out.subject(told) == f"Rootguard {short}"
    assert laid_out.sms(told).startswith(f"Rootguard {short}, after 17 s. By the root user of account")
    assert len(laid_out.sms(told)) <= 140
    sent = slack.message(laid_out.page(told))
    assert sent["blocks"][0]["text"]["text"].endswith(f" {short}")
    assert sent["text"].startswith("Rootguard ENABLED AGAIN, NOT SAFE YET. ")


def test_if_nothing_was_attached_it_is_safe() -> None:
    told = story(DISABLED, restoring=Restoring(0, NOW))
    assert "It is safe now: the change is undone." in laid_out.body(told)
    assert laid_out.subject(told).startswith("Rootguard UNDONE: ")
    assert told.incident.is_safe
