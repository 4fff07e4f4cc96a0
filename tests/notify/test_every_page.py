"""Every kind, result, stage and obstacle: each page is whole, in sane sentences, whoever did it."""

from __future__ import annotations

import re
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.domain.drift import ChangeKind
from rootguard.domain.verdict import Obstacle
from rootguard.incidents.incident import Result
from rootguard.incidents.notice import WAKING, Stage
from rootguard.notify.page import Page
from rootguard.notify.story import Story
from tests.given import NOW
from tests.notify import laid_out
from tests.notify.stories import KINDS, RECORDS, found_by_a_sweep, story

_SENTENCE = re.compile(r"[A-Z`].*[.?]", re.DOTALL)
_LEADS_TO_A_COMMAND = re.compile(r"[A-Z`].*:")
_COMMAND = re.compile(r"(aws organizations|rootguard) [a-z].*")
_ODD = re.compile(r"None|  |\.\.|\s[.,;:]|\(\)|\bstands\b|\btold\b")


def check(page: Page) -> None:
    for sentence in (*page.sentences, *(step for step in page.steps if "\n" not in step)):
        assert _SENTENCE.fullmatch(sentence), sentence
        assert not re.search("aws organizations|--policy", sentence), sentence
    for text, command in (step.split("\n") for step in page.steps if "\n" in step):
        assert _LEADS_TO_A_COMMAND.fullmatch(text), text
        assert _COMMAND.fullmatch(command), command
        # A shell takes it as it is: nothing is to be filled in, and no name is in it that could be code.
        assert not re.search(r"[A-Z]{2}-ID|[…<>;|&$`]", command), command
        assert shlex.split(command)
    lines = [page.title, page.headline, page.aside, *page.sentences, *page.steps, *page.origin]
    lines += [line for field in page.fields for line in (field.label, *field.lines)]
    for line in lines:
        assert not _ODD.search(line.strip()), line
    assert page.headline.isupper()
    assert all(field.lines for field in page.fields)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("result", Result)
@pytest.mark.parametrize("kind", KINDS)
def test_every_stage_of_every_result_of_every_kind_is_whole(
    kind: ChangeKind, result: Result, stage: Stage
) -> None:
    closed_at = None if stage in WAKING else NOW
    told = story(RECORDS[kind], result, stage=stage, closed_at=closed_at, times=2)
    for one in (told, found_by_a_sweep(told)):
        check(laid_out.page(one))


@pytest.mark.parametrize("obstacle", Obstacle)
@pytest.mark.parametrize("kind", KINDS)
def test_every_obstacle_to_every_kind_is_worded(kind: ChangeKind, obstacle: Obstacle) -> None:
    told = story(RECORDS[kind], Result.WATCHED, obstacle=obstacle)
    for one in (told, found_by_a_sweep(told)):
        check(laid_out.page(one))


def test_what_lacks_everything_is_worded_too() -> None:
    for kind in KINDS:
        record = RECORDS[kind] | {"userIdentity": None, "sourceIPAddress": None}
        for result in Result:
            told = story(record, result, known=None, error=None)
            check(laid_out.page(told))


# Names come from whoever made the policy, the account, the session.

hostile = st.text(min_size=1, max_size=60) | st.sampled_from(
    ["x\n\nNOT UNDONE", "\u202eevil", "a\x00b", "\x1b[2J", "<script>", "<!channel>", "😀"]
)


def said_by(word: str, kind: ChangeKind, result: Result, stage: Stage) -> Story:
    identity = RECORDS[kind]["userIdentity"] | {"arn": f"arn:aws:iam::{word}:user/{word}"}
    said = {"sourceIPAddress": word, "eventID": word, "userAgent": word, "userIdentity": identity}
    closed_at = None if stage in WAKING else NOW
    error = word if result is Result.NOT_UNDONE else None
    record = RECORDS[kind] | said
    return story(record, result, stage=stage, closed_at=closed_at, target_name=word, error=error)


@given(st.sampled_from(KINDS), st.sampled_from(Result), st.sampled_from(Stage), hostile)
def test_no_word_of_a_record_can_add_a_line_or_break_a_limit(
    kind: ChangeKind, result: Result, stage: Stage, word: str
) -> None:
    told, plain = (said_by(name, kind, result, stage) for name in (word, "x"))
    assert len(laid_out.body(told).splitlines()) == len(laid_out.body(plain).splitlines())
    assert not set(laid_out.body(told)) & set("\x00\x1b\r\u202e\u2066\u200f")
    for text, limit in ((laid_out.subject(told), 99), (laid_out.sms(told), 140)):
        assert len(text) <= limit
        assert text.isascii()
        assert text.isprintable()
