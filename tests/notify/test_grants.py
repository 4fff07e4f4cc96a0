"""What the organization's resource policy grants, in a page about PutResourcePolicy."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from rootguard.domain.drift import ChangeKind
from rootguard.incidents.incident import Result
from rootguard.notify.story import Around
from rootguard.notify.words.grants import grants
from rootguard.notify.words.incidents import page
from tests.notify.stories import RECORDS, story


def of(**statement: object) -> tuple[str, ...]:
    return grants(json.dumps({"Statement": [{"Effect": "Allow", "Resource": "*", **statement}]}))


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        (
            {"Principal": {"AWS": "arn:aws:iam::222233334444:root"}, "Action": "organizations:ListRoots"},
            "account 222233334444 may call ListRoots",
        ),
        (
            {
                "Principal": {"AWS": ["222233334444", "arn:aws:iam::333344445555:role/Policies"]},
                "Action": [f"organizations:{name}" for name in ("A", "B", "C")],
                "Resource": "arn:aws:organizations::111122223333:policy/*",
            },
            "account 222233334444 and role/Policies of account 333344445555 may call A, B and C on policy/*",
        ),
        (
            {"Principal": "*", "Action": "organizations:*", "Condition": {"Bool": {"x": "true"}}},
            "everyone may call *, under conditions",
        ),
        (
            {"Effect": "Deny", "NotPrincipal": {"AWS": "222233334444"}, "NotAction": "organizations:List*"},
            "everyone but account 222233334444 may not call all but organizations:List*",
        ),
        ({"Principal": {"Service": "x.amazonaws.com"}}, "x.amazonaws.com may call nothing"),
    ],
)
def test_a_statement_is_a_line(statement: dict[str, object], line: str) -> None:
    assert of(**statement) == (line,)


def test_many_calls_are_counted() -> None:
    (line,) = of(Principal="*", Action=["A", "B", "C", "D", "E"])
    assert line == "everyone may call A, B, C, D and 1 more"


def test_a_long_policy_is_cut_and_says_so() -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "organizations:ListRoots"}
    lines = grants(json.dumps({"Statement": [statement] * 9}))
    assert (len(lines), lines[-1]) == (7, "and 3 more statements")


def test_what_cannot_be_read_and_what_is_gone_is_said() -> None:
    assert grants("{") == ("it cannot be read",)
    assert grants("") == ("nothing: there is no resource policy any more",)
    assert of(Principal="a\nb`", Action=None) == ("a?b' may call nothing",)


def test_the_page_of_a_resource_policy_has_the_grants() -> None:
    told = story(RECORDS[ChangeKind.RESOURCE_POLICY_PUT], Result.WATCHED)
    content = json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "organizations:*"}})
    found = page(replace(told, around=Around(resource_policy=content)))
    assert [field.lines for field in found.fields if field.label == "Grants"] == [("everyone may call *",)]
    assert not [field for field in page(told).fields if field.label == "Grants"]
