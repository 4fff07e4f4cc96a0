"""A value as JSON data, and as text: people can read what is short, and what is long has room."""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rootguard.aws import dynamo
from rootguard.aws.dynamo import packed, unpacked
from rootguard.domain.baseline import Acceptance
from rootguard.domain.inventory import Listing
from rootguard.domain.json_data import made, plain
from rootguard.incidents.life import Record
from tests.aws.examples import OTHER, POLICY, at, document, present, record

JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=9)


@given(data=JSON, times=st.sampled_from([1, 3_000]))
def test_any_data_comes_back(data: Any, times: int) -> None:
    assert unpacked(packed([data] * times)) == [data] * times


def test_short_data_is_for_people_to_read() -> None:
    assert json.loads(packed({"a": ["b"]})) == {"a": ["b"]}


def test_long_data_is_compressed() -> None:
    assert len(packed(["p-12345678"] * 50_000)) < 5_000


def compressed(text: bytes) -> str:
    return "zlib:" + b64encode(text).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "zlib:",
        "zlib:?",
        "zlib:AAAA",
        compressed(zlib.compress(b"[1,2]")[:-6]),
        compressed(zlib.compress(b"{")),
    ],
)
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises((ValueError, zlib.error)):
        unpacked(text)


def test_a_short_text_that_would_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dynamo, "_MOST", 1_000)
    with pytest.raises(ValueError, match="Expecting"):
        unpacked(compressed(zlib.compress(b"[" + b" " * 2_000 + b"]")))


@pytest.mark.parametrize(
    "value",
    [present(), document(), record(), Listing(), Listing(frozenset({OTHER, POLICY}), at(0), began=at(1))],
    ids=lambda value: type(value).__name__,
)
def test_any_value_comes_back_by_the_fields_of_its_type(value: Any) -> None:
    assert made(type(value), json.loads(json.dumps(plain(value)))) == value


@pytest.mark.parametrize(
    ("kind", "different"),
    [
        (Acceptance, {"present": "yes"}),
        (Acceptance, {"policy_type": None}),
        (Acceptance, {"at": "now"}),
        (Acceptance, {"by": "me"}),
        (Record, {"actors": "diego"}),
        (Record, {"events": []}),
        (Record, {"revision": "1"}),
    ],
)
def test_data_of_another_type_is_refused(kind: type, different: dict[str, Any]) -> None:
    data = plain(present() if kind is Acceptance else record())
    with pytest.raises((TypeError, ValueError)):
        made(kind, data | different)


def test_data_that_lacks_a_field_is_refused() -> None:
    data = plain(present())
    del data["by"]
    with pytest.raises(KeyError):
        made(Acceptance, data)
