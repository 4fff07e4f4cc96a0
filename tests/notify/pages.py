"""Pages as they may come, whatever their texts are, and texts that are after something."""

from __future__ import annotations

from datetime import UTC

from hypothesis import strategies as st

from rootguard.notify.page import Field, Kind, Page, Severity

HOSTILE = (
    "<!channel>",
    "<!here|here> @here @channel",
    "<https://evil.example|Runbook>",
    "*bold* _italic_ ~struck~ `code`",
    "```\ncode\n```",
    "&amp;lt;!channel&gt;",
    "> quoted",
    ":skull:",
    "\u05e9\u05dc\u05d5\u05dd" * 40,
    "\U0001f600" * 128,
    "`",
    " ",
    "",
)
texts = st.text(max_size=200) | st.sampled_from(HOSTILE) | st.integers(1, 12_000).map("é".__mul__)
_fields = st.builds(Field, st.text(max_size=60), st.lists(texts, min_size=1, max_size=4).map(tuple))


def _some(most: int, least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(texts, min_size=least, max_size=most).map(tuple)


pages = st.builds(
    Page,
    kind=st.sampled_from(Kind),
    severity=st.sampled_from(Severity),
    about=texts,
    at=st.datetimes(timezones=st.just(UTC)),
    headline=texts,
    title=texts,
    sentences=_some(4, least=1),
    aside=texts,
    safe=st.sampled_from([True, False, None]),
    fields=st.lists(_fields, max_size=40).map(tuple),
    statements=_some(4),
    steps=_some(20),
    origin=_some(15),
    runbook=texts | st.just("https://example.com/runbooks/undone.md"),
)
