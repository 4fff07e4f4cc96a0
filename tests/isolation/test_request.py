"""What can be asked for, and what the proof of identity is bound to."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.isolation.request import MOST, RequestError, Verb, digest_of, read_request

ASKED: dict[str, Any] = {
    "verb": "isolate",
    "accounts": ["444455556666", "555566667777"],
    "reason": " forensics ",
    "dry_run": True,
    "twice": ["444455556666"],
    "destination": None,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda e: st.lists(e) | st.dictionaries(st.text(), e),
)


def test_a_request_is_read() -> None:
    request = read_request(ASKED | {"identity": {}})
    assert (request.verb, request.dry_run, request.reason) == (Verb.ISOLATE, True, "forensics")
    assert request.accounts == ("444455556666", "555566667777")
    assert request.twice == {"444455556666"}


@pytest.mark.parametrize("accounts", [[], ["444455556666"]])
def test_a_list_names_accounts_or_none_and_needs_no_reason(accounts: list[str]) -> None:
    listed = {"verb": "list", "accounts": accounts, "twice": [], "reason": ""}
    assert read_request(ASKED | listed).accounts == tuple(accounts)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"accounts": []}, "at least one"),
        ({"accounts": ["44445555666"], "twice": []}, "12 digits"),
        ({"accounts": [["444455556666"]], "twice": []}, "12 digits"),
        ({"accounts": ["444455556666"] * 2}, "names an account twice"),
        ({"accounts": [f"{n:012}" for n in range(MOST + 1)], "twice": []}, "20 at most"),
        ({"twice": ["666677778888"]}, "not among its accounts"),
        ({"reason": " "}, "Give a reason"),
        ({"reason": "a\nb"}, "one line"),
        ({"reason": "x" * 501}, "500"),
        ({"destination": "ou-exam-12345678"}, "Only a release"),
        ({"verb": "release", "destination": "444455556666"}, "is no OU"),
        ({"verb": "release", "destination": 7}, "is no OU"),
        ({"verb": "destroy"}, "isolate, release or list"),
        ({"verb": "list", "accounts": ["1"], "twice": []}, "12 digits"),
        ({"dry_run": "no"}, '"dry_run"'),
        ({"as": "root"}, "nobody knows: 'as'"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_with_words(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        read_request(ASKED | changed)


@given(st.dictionaries(st.sampled_from([*ASKED, "identity", "other"]), JSON) | JSON)
def test_whatever_comes_is_a_request_or_is_refused(payload: Any) -> None:
    with suppress(RequestError):
        request = read_request(payload)
        assert len(set(request.accounts)) == len(request.accounts) <= MOST


@pytest.mark.parametrize(
    "changed", [{"verb": "release"}, {"dry_run": False}, {"accounts": []}, {"reason": ""}]
)
def test_another_request_has_another_digest(changed: dict[str, Any]) -> None:
    assert digest_of(ASKED | changed) != digest_of(ASKED)


def test_the_digest_is_of_all_but_the_identity_in_any_order() -> None:
    turned = dict(reversed(ASKED.items()))
    assert digest_of(turned | {"identity": {"a": "b"}}) == digest_of(ASKED)
