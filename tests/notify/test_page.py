"""A page travels as JSON: what comes out is what went in, and nothing else is taken for a page."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from rootguard.notify.page import Kind, Page
from rootguard.notify.words import incidents
from tests.notify.pages import pages
from tests.notify.stories import story

PAGE = incidents.page(story())


@given(pages)
def test_a_page_comes_back_as_it_went(page: Page) -> None:
    assert Page.from_json(json.loads(json.dumps(page.as_json()))) == page


@pytest.mark.parametrize("name", PAGE.as_json())
def test_a_page_without_one_of_its_parts_is_none(name: str) -> None:
    data = PAGE.as_json()
    del data[name]
    with pytest.raises(KeyError):
        Page.from_json(data)


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "good-news"},
        {"severity": "dire"},
        {"at": "yesterday"},
        {"at": 5},
        {"title": None},
        {"title": ["a", "b"]},
        {"sentences": "one, two"},
        {"sentences": ["one", 2]},
        {"safe": "yes"},
        {"safe": 2},
        {"fields": [{"label": "By"}]},
        {"fields": [{"label": "By", "lines": "me"}]},
        {"fields": ["By"]},
        {"fields": 7},
        {"steps": {"first": "look"}},
    ],
    ids=str,
)
def test_what_is_no_page_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Page.from_json(PAGE.as_json() | changed)


@pytest.mark.parametrize("data", [None, [], "page", 7])
def test_what_is_no_object_is_refused(data: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Page.from_json(data)


@pytest.mark.parametrize("prefix", ["docs/runbooks/", "https://example.com/runbooks/"])
def test_a_runbook_has_the_name_of_its_kind(prefix: str) -> None:
    assert PAGE.with_runbook(prefix).runbook == f"{prefix}{Kind.UNDONE}.md"
