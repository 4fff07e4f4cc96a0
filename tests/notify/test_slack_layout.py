"""A page in Slack: what stands where, Slack's limits, and that no name in it is parsed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from slack_sdk.models.blocks import Block

from rootguard.incidents.incident import Result
from rootguard.incidents.notice import Stage
from rootguard.notify.layouts.slack import message
from rootguard.notify.page import Field, Page, Severity
from rootguard.notify.words import incidents
from tests.given import NOW, OU, ROOT, policy
from tests.notify.pages import HOSTILE, pages
from tests.notify.stories import on

RUNBOOKS = "https://example.com/runbooks/"
WHOLE_MESSAGE = 9_000
"""Bytes of UTF-8. Slack has refused messages of 10,600 and more."""
ESCAPED = "(?:[^<>&]|&(?:amp|lt|gt);)+"
"""In which Slack finds no mention and no link."""
LONGEST = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": ["r" * 100] * 95}]}
)


def page(result: Result = Result.UNDONE, target: str = ROOT, **changed: Any) -> Page:
    return incidents.page(on(target, result=result, **changed)).with_runbook(RUNBOOKS)


def blocks(told: Page) -> list[dict[str, Any]]:
    """The message's blocks, after Slack's own models and limits had their say."""
    made = message(told)["blocks"]
    for block, known in zip(made, Block.parse_all(made), strict=True):
        known.validate_json()
        assert known.to_dict() == block
    check_limits(made)
    return list(made)


def check_limits(made: list[dict[str, Any]]) -> None:
    """What slack_sdk's models leave unchecked, from Slack's reference."""
    assert len(made) <= 50
    for block in made:
        if block["type"] == "header":
            assert len(block["text"]["text"]) <= 150
        assert len(block.get("fields", [])) <= 10
        assert block["type"] != "context" or len(block["elements"]) <= 10
        assert all(len(field["text"]) <= 2_000 for field in block.get("fields", []))
    elements = list(leaves(made))
    assert all(1 <= len(element["text"]) <= 3_000 for element in elements)
    assert sum(len(element["text"].encode()) for element in elements) <= WHOLE_MESSAGE


def leaves(part: Any) -> Iterator[dict[str, Any]]:
    """Every text in the message."""
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from leaves(inner)


def header(told: Page) -> str:
    return str(blocks(told)[0]["text"]["text"])


def words(part: Any) -> str:
    return " ".join(element["text"] for element in leaves(part))


def of_type(told: Page, kind: str) -> list[dict[str, Any]]:
    return [block for block in blocks(told) if block["type"] == kind]


@pytest.mark.parametrize(
    ("result", "first"),
    [
        (Result.UNDONE, "✅ UNDONE, safe now: "),
        (Result.ALREADY_UNDONE, "✅ ALREADY UNDONE, safe now: "),
        (Result.NOT_UNDONE, "🚨 NOT UNDONE, NOT safe: "),
        (Result.WATCHED, "🚨 NOT TOUCHED, NOT safe: "),
    ],
)
def test_the_header_says_what_was_done_and_whether_it_is_safe(result: Result, first: str) -> None:
    in_force = result in (Result.NOT_UNDONE, Result.WATCHED)
    what = "Root LOCKED OUT, 1204 accounts" if in_force else 'SCP "Quarantine" attached to Root'
    assert header(page(result)) == f"{first}{what}"


def test_the_message_answers_in_the_order_a_woken_person_asks() -> None:
    first, said, facts, more_facts, code, steps, context = blocks(page())
    assert first["type"] == "header"
    assert words(said).startswith('Rootguard detached the SCP "Quarantine" from Root.')
    safe = said["elements"][0]["elements"][1]
    assert (safe["text"], safe["style"]) == (" It is safe now: the change is undone.", {"bold": True})
    labels = [field["text"] for field in (facts["fields"] + more_facts["fields"])[::2]]
    assert labels == ["*Policy*", "*Where*", "*By*", "*When*", "*In force*", "*Reached*"]
    assert words(code).startswith("What the policy says")
    assert words(steps).startswith("What to do next")
    assert context["type"] == "context"


def test_facts_stand_beside_their_labels() -> None:
    fields = [field for section in of_type(page(), "section") for field in section["fields"]]
    told = {label["text"]: value["text"] for label, value in zip(fields[::2], fields[1::2], strict=True)}
    assert told == {
        "*Policy*": "Quarantine (p-bvdv3rx3)\n"
        "service control policy; denies everything to everyone: a lockout",
        "*Where*": "Root (r-exam)",
        "*By*": "the root user of account 111122223333\narn:aws:iam::111122223333:root\n"
        "from 192.0.2.10, in the console, with MFA",
        "*When*": "2023-04-25 00:33:27 UTC",
        "*In force*": "17 s",
        "*Reached*": "1204 accounts",
    }


def code_of(told: Page) -> str:
    (code,) = [
        element
        for block in of_type(told, "rich_text")
        for element in block["elements"]
        if element["type"] == "rich_text_preformatted" and "What the policy says" in words(block)
    ]
    return words(code)


def test_the_statements_that_decide_are_shown_as_code() -> None:
    assert json.loads(code_of(page())) == {"Effect": "Deny", "Action": "*", "Resource": "*"}


def test_a_long_policy_is_cut_and_says_by_how_much() -> None:
    assert len(LONGEST) <= 10_240
    told = page(known=policy(LONGEST))
    (whole,) = told.statements
    shown, cut = re.fullmatch(r"(.*)… \(\+(\d+) characters\)", code_of(told), re.DOTALL).groups()
    assert whole.startswith(shown)
    assert len(shown) > 1_900
    assert len(shown) + int(cut) == len(whole)


def test_steps_are_numbered_and_their_code_is_code() -> None:
    told = replace(
        page(), steps=("Look at `allow`.", "Detach it:\naws detach", "Then ask.", "Undo it:\naws undo")
    )
    _, first, detach, then, undo = of_type(told, "rich_text")[-1]["elements"]
    for steps, offset, texts in (
        (first, 0, ["Look at  allow .", "Detach it:"]),
        (then, 2, ["Then ask.", "Undo it:"]),
    ):
        assert (steps["type"], steps["style"], steps["offset"]) == ("rich_text_list", "ordered", offset)
        assert [words(item) for item in steps["elements"]] == texts
    assert {"type": "text", "text": "allow", "style": {"code": True}} in first["elements"][0]["elements"]
    # A command can be copied as a whole: nothing but it is in its block.
    for block, command in ((detach, "aws detach"), (undo, "aws undo")):
        assert (block["type"], words(block)) == ("rich_text_preformatted", command)


def test_a_lone_backtick_stays() -> None:
    told = replace(page(), steps=("Ask `eve what she meant.",))
    assert "Ask `eve what she meant." in words(blocks(told))


def test_the_end_tells_the_event_and_the_runbook() -> None:
    *origin, runbook = blocks(page())[-1]["elements"]
    assert origin[0]["text"] == "CloudTrail event 560c4918-6149-4b78-a0c9-7d62d6ec8f86 (AttachPolicy)"
    assert runbook == {"type": "mrkdwn", "text": "<https://example.com/runbooks/undone.md|Runbook>"}


@pytest.mark.parametrize(
    "runbook",
    ["docs/runbooks/undone.md", "https://example.com/|<!channel>", "javascript:alert(1)", "https://e.x/ y"],
)
def test_a_runbook_that_is_no_url_is_no_link(runbook: str) -> None:
    last = blocks(replace(page(), runbook=runbook))[-1]["elements"][-1]
    assert (last["type"], last["text"]) == ("plain_text", f"Runbook {runbook}")


def test_a_closing_is_short_and_says_how_long_it_was_in_force() -> None:
    told = page(stage=Stage.OVER, closed_at=NOW + timedelta(minutes=1))
    assert [block["type"] for block in blocks(told)] == ["header", "rich_text", "context"]
    assert header(told) == '✅ CLEAN, safe now: SCP "Quarantine" attached to Root, in force 17 s'
    assert "560c4918" in words(blocks(told)[-1])


def test_the_fallback_can_be_read_aloud() -> None:
    assert message(page())["text"] == (
        'Rootguard UNDONE. Rootguard detached the SCP "Quarantine" from Root. It denies everything to '
        "everyone. It is safe now: the change is undone."
    )


def test_no_name_pushes_out_whether_it_is_safe() -> None:
    told = page(target=OU, known=policy(name="\U0001f600" * 128), target_name="\U0001f600" * 128)
    assert "(+" in header(told)
    assert "It is safe now" in message(told)["text"]
    assert "It is safe now" in words(blocks(told))


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
@pytest.mark.parametrize("result", Result)
def test_a_name_is_shown_as_it_is(name: str, result: Result) -> None:
    told = page(result, target=OU, known=policy(name=name or "x"), target_name=name)
    (about_the_policy, *_) = told.fields[0].lines
    shown = [leaf["type"] for leaf in leaves(blocks(told)) if leaf["text"].startswith(about_the_policy)]
    assert shown == ["plain_text"]
    assert not re.search("[<>]", message(told)["text"])


@given(pages)
def test_no_text_is_parsed_and_no_limit_broken(told: Page) -> None:
    made = message(told)
    check_limits(made["blocks"])
    for block in Block.parse_all(made["blocks"]):
        block.validate_json()
    for leaf in leaves(made["blocks"]):
        assert leaf["type"] != "plain_text" or leaf["emoji"] is False
        if leaf["type"] == "mrkdwn" and leaf["text"] != "<https://example.com/runbooks/undone.md|Runbook>":
            # A label, which is ours.
            assert re.fullmatch(ESCAPED, leaf["text"], re.DOTALL)
            assert re.fullmatch(r"\*.+\*", leaf["text"], re.DOTALL)
    assert re.fullmatch(ESCAPED, made["text"], re.DOTALL)
    json.dumps(made, ensure_ascii=False).encode()


def test_what_is_left_out_is_told() -> None:
    fields = tuple(Field(f"Found {number}", ("p" * 900,)) for number in range(9))
    told = replace(page(), fields=fields, steps=tuple("s" * 400 for _ in range(9)))
    said = words(blocks(told))
    assert "… 6 more fields, left out here." in said
    assert "… 6 more steps, left out here." in said


@pytest.mark.parametrize("letter", ["n", "\u05e9", "\U0001f600", "&"])
def test_much_of_everything_keeps_the_limits(letter: str) -> None:
    long, short = letter * 4_000, letter
    for text, count in ((long, 4), (short, 1_000)):
        many = (text,) * count
        told = replace(page(), title=text, sentences=many, steps=many, origin=many, statements=many)
        told = replace(told, fields=(Field("Found on", (text,)),) * count)
        assert message(told)["text"]
        assert blocks(told)


def test_signs_are_few() -> None:
    told = [page(result) for result in Result] + [replace(page(), safe=None, severity=Severity.INFO)]
    for made in told:
        assert not header(made).isascii()
        assert words(blocks(made)[1:]).isascii()
