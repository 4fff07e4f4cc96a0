"""The tag says where an account came from, in the characters that AWS takes."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.isolation.records import Tag, read_tag

PLACES = st.from_regex(r"\A(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32})\Z")
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001 - it gets UTC
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)


@given(PLACES, TIMES, st.uuids().map(str))
def test_a_tag_is_read_as_it_was_written(origin: str, since: datetime, request: str) -> None:
    tag = Tag(origin, since, request)
    assert read_tag(tag.text) == tag
    assert re.fullmatch(r"[A-Za-z0-9 _.:/=+\-@]{1,256}", tag.text)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "yes",
        "444455556666 2026-11-27T19:00:00+00:00 r",
        "ou-exam-12345678 2026-11-27T19:00:00 r",
        "ou-exam-12345678 soon r",
        "ou-exam-12345678 2026-11-27T19:00:00+00:00 ",
        "ou-exam-12345678 2026-11-27T19:00:00+00:00 r more",
    ],
)
def test_what_somebody_else_wrote_says_nothing(text: str | None) -> None:
    assert read_tag(text) is None
