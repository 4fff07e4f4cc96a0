"""The evaluator agrees with the reference on random documents, whatever kinds of conditions they have.

ROOTGUARD_EXAMPLES=100000 tries so many of each kind, with ROOTGUARD_EXPLORE=1 new ones.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rootguard.domain.policy import SERVICE_CONTROL_POLICY as SCP
from rootguard.lockout.judgement import Denial
from rootguard.lockout.matching import Texts
from tests.lockout.documents import ALLOW, OWN, classify, denial_together
from tests.lockout.kinds import KINDS, NEGATION, ROLE, Kind
from tests.lockout.reference import glob, locks_everyone_out

EXAMPLES = int(os.environ.get("ROOTGUARD_EXAMPLES", "60"))
ACTIONS = ["*", "*", "*", "s3:*", "ec2:*", "s3:Get*", "*:*", "?3:*", "[a-r]*", "S3:PUT*", "iam:*"]


@st.composite
def conditions(draw: st.DrawFn, kinds: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(draw(st.integers(0, 2))):
        kind = KINDS[draw(st.sampled_from(kinds))]
        name = draw(st.sampled_from(sorted(kind.keys)))
        key = kind.keys[name]
        if draw(st.integers(0, 7)) == 0:
            found.setdefault("Null", {})[name] = [draw(st.sampled_from(["true", "false"]))]
            continue
        family = draw(st.sampled_from(key.families))
        if family in NEGATION and draw(st.booleans()):
            family = NEGATION[family]
        quantifier = draw(st.sampled_from(["ForAllValues:", "ForAnyValue:"])) if key.is_set else ""
        if_exists = "IfExists" if draw(st.integers(0, 3)) == 0 else ""
        named = draw(st.lists(st.sampled_from(key.named), min_size=1, max_size=3, unique=True))
        found.setdefault(f"{quantifier}{family}{if_exists}", {})[name] = named
    return found


@st.composite
def statements(draw: st.DrawFn, kinds: Sequence[str]) -> dict[str, Any]:
    actions = draw(st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=3))
    is_not = draw(st.integers(0, 3)) == 0 and not {"*", "*:*"} & set(actions)
    regions = [pattern for kind in kinds for pattern in KINDS[kind].resources]
    resource = draw(st.sampled_from(["*", "*", *regions]))
    return {
        "Effect": draw(st.sampled_from(["Deny", "Deny", "Deny", "Allow"])),
        "NotAction" if is_not else "Action": actions,
        draw(st.sampled_from(["Resource", "NotResource"])) if resource != "*" else "Resource": [resource],
        "Condition": draw(conditions(kinds)),
    }


def expected(document: Sequence[dict[str, Any]], kinds: Sequence[Kind]) -> bool:
    circumstances = [ROLE]
    for kind in kinds:
        circumstances = [{**one, **other} for one in circumstances for other in kind.circumstances(document)]
    moments = [moment for kind in kinds for moment in kind.moments if moment] or [{}]
    of_call = {name: contexts for kind in kinds for name, contexts in kind.of_call.items()}
    each_moment = ([{**each, **moment} for each in circumstances] for moment in moments)
    return locks_everyone_out(document, SCP, each_moment, of_call)


def compare(document: list[dict[str, Any]], names: Sequence[str], *, full_access: bool) -> None:
    both = [*document, ALLOW | {"Action": ["*"], "Resource": ["*"]}] if full_access else document
    contents = [json.dumps({"Statement": [each]}) for each in both]
    total = denial_together(contents, SCP, OWN) is Denial.TOTAL
    assert total == expected(both, [KINDS[name] for name in dict.fromkeys(names)])


@pytest.mark.parametrize("name", KINDS)
def test_a_document_with_one_kind_of_condition_is_judged_as_by_the_reference(name: str) -> None:
    @settings(max_examples=EXAMPLES)
    @given(st.lists(statements([name]), min_size=1, max_size=4), st.booleans())
    def judged_alike(document: list[dict[str, Any]], full_access: bool) -> None:
        compare(document, [name], full_access=full_access)

    judged_alike()


@settings(max_examples=EXAMPLES)
@given(
    st.data(), st.lists(st.sampled_from(sorted(KINDS)), min_size=2, max_size=2, unique=True), st.booleans()
)
def test_a_document_with_two_kinds_of_conditions_is_judged_as_by_the_reference(
    data: st.DataObject, names: list[str], full_access: bool
) -> None:
    document = data.draw(st.lists(statements(names), min_size=1, max_size=4))
    compare(document, names, full_access=full_access)


@given(st.data(), st.sampled_from(sorted(KINDS)))
def test_another_deny_never_lowers_the_denial(data: st.DataObject, name: str) -> None:
    some = data.draw(st.lists(statements([name]), max_size=3))
    another = data.draw(statements([name])) | {"Effect": "Deny"}

    def denial(*found: Any) -> int:
        content = json.dumps({"Statement": found})
        return list(Denial).index(classify(content, organization_id=OWN).denial)

    assert denial(*some, another) <= denial(*some)


@given(
    st.lists(st.text("ab:/*?", max_size=8), max_size=6), st.lists(st.text("ab:/*?", max_size=8), max_size=3)
)
def test_many_texts_at_once_match_as_each_alone_would(texts: list[str], patterns: list[str]) -> None:
    # "*" and "?" in a text are characters like others.
    texts = [text.replace("*", "x").replace("?", "y") for text in texts]
    matching = Texts(texts).matching(patterns)
    expected_ = [any(glob(pattern, text) for pattern in patterns) for text in texts]
    assert [bool(matching >> place & 1) for place in range(len(texts))] == expected_
    assert matching >> len(texts) == 0
