"""The evaluator against a naive one, which knows one concrete request at a time and takes its time."""

from __future__ import annotations

import ipaddress
import itertools
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st

from rootguard.domain.policy import RESOURCE_CONTROL_POLICY, SERVICE_CONTROL_POLICY
from rootguard.lockout.classification import classify
from rootguard.lockout.evaluation import MAYBE, RELATIONS, denied, in_network
from rootguard.lockout.grammar import parse
from rootguard.lockout.judgement import Denial
from rootguard.lockout.requests import (
    ABSENT,
    Context,
    Extent,
    Possibilities,
    Request,
    Requests,
    Span,
    Texts,
    Unknown,
)
from tests.lockout.documents import denial_together

World = Mapping[str, tuple[str, ...]]

# Keys, the values that a request may hold, and those that a document may name.
HELD: dict[str, list[tuple[str, ...]]] = {
    "aws:PrincipalArn": [
        ("arn:aws:iam::1:role/Admin",),
        ("arn:aws:iam::1:root",),
        ("arn:aws:iam::2:user/a/b",),
    ],
    "aws:ViaAWSService": [("true",), ("false",)],
    "aws:CurrentTime": [("2026-11-23T10:00:00Z",), ("2027-01-01",)],
    "aws:SourceIp": [("192.0.2.7",), ("2001:db8::7",)],
    "aws:TagKeys": [(), ("owner",), ("owner", "team")],
    "aws:PrincipalTag/team": [(), ("red",), ("Red",)],
    "s3:TlsVersion": [(), ("1.2",), ("1.3",)],
    "ec2:RoleDelivery": [(), ("1.0",), ("2.0",)],
}
NAMED: dict[str, list[str]] = {
    "aws:PrincipalArn": [
        "arn:aws:iam::1:role/Admin", "arn:aws:iam::*:role/A*", "arn:*:iam::?:*", "*", "arn:aws:iam::2:*/b",
        "arn:aws:iam::${aws:PrincipalAccount, '1'}:root",
    ],
    "aws:ViaAWSService": ["true", "false", "True"],
    "aws:CurrentTime": ["2026-11-23T10:00:00Z", "2026-11-23T11:00:00+01:00", "2026-12-01", "1764547200"],
    "aws:SourceIp": ["192.0.2.0/24", "192.0.2.7", "0.0.0.0/0", "2001:db8::/32", "192.0.2.8/31"],
    "aws:TagKeys": ["owner", "team", "*e*", "?eam", "OWNER"],
    "aws:PrincipalTag/team": ["red", "r*", "RED", "${*}", "${aws:ViaAWSService}"],
    "s3:TlsVersion": ["1.2", "1.20", "1.25", "2"],
    "ec2:RoleDelivery": ["1.0", "1.5", "2"],
}  # fmt: skip
OF_ONE_SERVICE = {"s3:TlsVersion": "s3"}
FAMILIES = {
    "aws:PrincipalArn": ["StringEquals", "StringLike", "ArnEquals", "ArnLike"],
    "aws:ViaAWSService": ["Bool", "StringEquals"],
    "aws:CurrentTime": [
        "DateEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals",
    ],
    "aws:SourceIp": ["IpAddress"],
    "aws:TagKeys": ["StringEquals", "StringLike", "StringEqualsIgnoreCase"],
    "aws:PrincipalTag/team": ["StringEquals", "StringLike", "StringEqualsIgnoreCase"],
    "s3:TlsVersion": [
        "NumericEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan",
        "NumericGreaterThanEquals",
    ],
    "ec2:RoleDelivery": ["NumericEquals", "NumericLessThan"],
}  # fmt: skip
NEGATIONS = {
    "StringEquals": "StringNotEquals", "StringLike": "StringNotLike", "ArnEquals": "ArnNotEquals",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase", "ArnLike": "ArnNotLike",
    "IpAddress": "NotIpAddress", "DateEquals": "DateNotEquals", "NumericEquals": "NumericNotEquals",
}  # fmt: skip
POSITIVE = {negated: positive for positive, negated in NEGATIONS.items()}
ACTIONS = ["s3:getobject", "s3:putobject", "ec2:runinstances"]
RESOURCES = ["arn:aws:s3:::one/a", "arn:aws:ec2:eu-west-1:1:instance/i"]


def glob(pattern: str, text: str) -> bool:
    escaped = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(escaped, text, re.DOTALL) is not None


def instant(text: str) -> float:
    if text.isdigit():
        return float(text)
    time = datetime.fromisoformat(text)
    return (time if time.tzinfo else datetime.fromisoformat(text + "T00:00:00+00:00")).timestamp()


def compare(family: str, held: str, named: str) -> bool:
    if family.startswith(("Date", "Numeric")):
        read: Callable[[str], float] = instant if family.startswith("Date") else float
        mine, theirs = read(held), read(named)
        return {
            "Equals": mine == theirs, "LessThan": mine < theirs, "LessThanEquals": mine <= theirs,
            "GreaterThan": mine > theirs, "GreaterThanEquals": mine >= theirs,
        }[family.removeprefix("Date").removeprefix("Numeric")]  # fmt: skip
    match family:
        case "StringEquals":
            return held == named
        case "StringEqualsIgnoreCase" | "Bool":
            return held.lower() == named.lower()
        case "StringLike":
            return glob(named, held)
        case "ArnEquals" | "ArnLike":
            pairs = zip(named.split(":", 5), held.split(":", 5), strict=False)
            return named == "*" or all(glob(wanted, part) for wanted, part in pairs)
        case _:
            return ipaddress.ip_address(held) in ipaddress.ip_network(named, strict=False)


def substituted(named: str, context: World) -> str:
    named = named.replace("${aws:PrincipalAccount, '1'}", "1").replace("${*}", "\0")
    return named.replace("${aws:ViaAWSService}", context["aws:ViaAWSService"][0])


def naive_condition(operator: str, key: str, named: list[str], context: World) -> bool:
    held = context[key]
    if operator == "Null":
        return named == ["true"] if not held else named == ["false"]
    quantifier, _, name = operator.rpartition(":")
    if not held:
        if name.endswith("IfExists"):
            return True
        return quantifier == "ForAllValues" or (quantifier == "" and name in POSITIVE)
    name = name.removesuffix("IfExists")
    family = POSITIVE.get(name, name)
    matches = [any(compare(family, value, substituted(n, context)) for n in named) for value in held]
    if name in POSITIVE:
        matches = [not match for match in matches]
    return any(matches) if quantifier == "ForAnyValue" else all(matches)


def naive_applies(statement: dict[str, Any], action: str, resource: str, context: World) -> bool:
    def named(element: str, text: str, *, lower: bool) -> bool:
        patterns = statement.get(element, statement.get(f"Not{element}"))
        hit = any(glob(p.lower() if lower else p, text) for p in patterns)
        return hit if element in statement else not hit

    return (
        named("Action", action, lower=True)
        and named("Resource", resource, lower=False)
        and all(
            naive_condition(operator, key, values, context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def naive_denied(document: list[dict[str, Any]], action: str, resource: str, world: World) -> bool:
    service = action.partition(":")[0]
    context = {
        key: held if OF_ONE_SERVICE.get(key, service) == service else () for key, held in world.items()
    }
    effects = {s["Effect"] for s in document if naive_applies(s, action, resource, context)}
    return "Deny" in effects or "Allow" not in effects


@st.composite
def conditions(draw: st.DrawFn) -> tuple[str, str, list[str]]:
    key = draw(st.sampled_from(list(HELD)))
    if draw(st.integers(0, 9)) == 0:
        return "Null", key, [draw(st.sampled_from(["true", "false"]))]
    name = draw(st.sampled_from(FAMILIES[key]))
    if name in NEGATIONS and draw(st.booleans()):
        name = NEGATIONS[name]
    several = ["ForAllValues:", "ForAnyValue:"]
    quantifier = draw(st.sampled_from(several if key == "aws:TagKeys" else ["", *several]))
    # What AWS makes of this one without the key is not documented.
    if_exists = quantifier != "ForAnyValue:" and draw(st.booleans())
    named = draw(st.lists(st.sampled_from(NAMED[key]), min_size=1, max_size=3))
    return f"{quantifier}{name}{'IfExists' if if_exists else ''}", key, named


@st.composite
def statements(draw: st.DrawFn, effects: tuple[str, ...] = ("Allow", "Deny")) -> dict[str, Any]:
    action = draw(st.sampled_from(["Action", "NotAction"]))
    resource = draw(st.sampled_from(["Resource", "NotResource"]))
    statement: dict[str, Any] = {
        "Effect": draw(st.sampled_from(effects)),
        action: draw(st.lists(st.sampled_from(["s3:*", "*", "S3:Get*", "ec2:Run?nstances"]), max_size=2)),
        resource: draw(st.lists(st.sampled_from(["*", "arn:aws:s3:::*", "arn:*:eu-*", "x"]), max_size=2)),
    }
    for operator, key, named in draw(st.lists(conditions(), max_size=2)):
        statement.setdefault("Condition", {}).setdefault(operator, {})[key] = named
    return statement


documents = st.lists(statements(), min_size=1, max_size=3)
contexts = st.fixed_dictionaries({key: st.sampled_from(held) for key, held in HELD.items()})


def evaluated(document: list[dict[str, Any]], requests: Requests) -> Extent:
    parsed = parse(json.dumps({"Statement": document}))
    assert parsed is not None
    return denied(parsed, requests, alone=True)


def situation(context: Mapping[str, Possibilities]) -> Context:
    known = {key.lower(): possibilities for key, possibilities in context.items()}
    return {"aws:principalaccount": ABSENT, **known}


@given(documents, st.lists(contexts, min_size=1, max_size=4))
def test_where_all_is_known_the_answer_is_that_of_the_naive_evaluator(
    document: list[dict[str, Any]], known: list[World]
) -> None:
    # A variable is read only where all requests have the same value for it.
    assume(len({context["aws:ViaAWSService"] for context in known}) == 1)
    asked = list(itertools.product(ACTIONS, RESOURCES, known))
    requests = Requests(
        Request(action, resource, situation({key: (held,) for key, held in context.items()}))
        for action, resource, context in asked
    )
    extent = evaluated(document, requests)
    assert extent.sure == extent.possible
    for place, (action, resource, context) in enumerate(asked):
        assert bool(extent.sure >> place & 1) == naive_denied(document, action, resource, context)


# Of the time it is known that all of it will come: what a policy denies then, it denies. An address that is
# not known counts as one of IPv4, which is how nearly everyone comes: "0.0.0.0/0" is everyone.
UNSEEN = {key: held for key, held in HELD.items() if key != "aws:CurrentTime"}
UNSEEN |= {"aws:SourceIp": [("192.0.2.7",), ("198.51.100.9",)]}


@given(documents, contexts, st.sets(st.sampled_from(list(UNSEEN))))
def test_where_something_is_unknown_what_is_sure_holds_for_every_value_it_may_have(
    document: list[dict[str, Any]], context: World, unknown: set[str]
) -> None:
    where = situation({key: (held,) for key, held in context.items() if key not in unknown})
    extent = evaluated(document, Requests(Request(action, RESOURCES[0], where) for action in ACTIONS))
    worlds = itertools.product(*(UNSEEN[key] for key in unknown))
    for values, (place, action) in itertools.product(worlds, enumerate(ACTIONS)):
        world = {**context, **dict(zip(unknown, values, strict=True))}
        answer = naive_denied(document, action, RESOURCES[0], world)
        assert answer or not extent.sure >> place & 1
        assert not answer or extent.possible >> place & 1


@st.composite
def opposites(draw: st.DrawFn) -> tuple[str, str, list[str]]:
    key = draw(st.sampled_from(["aws:PrincipalArn", "aws:CurrentTime", "aws:SourceIp"]))
    operator = draw(st.sampled_from([family for family in FAMILIES[key] if family in NEGATIONS]))
    return operator, key, draw(st.lists(st.sampled_from(NAMED[key]), min_size=1, max_size=3))


@given(opposites(), contexts)
def test_an_operator_and_its_negation_never_agree(
    condition: tuple[str, str, list[str]], context: World
) -> None:
    operator, key, named = condition
    requests = Requests([Request("", "", situation({k: (held,) for k, held in context.items()}))])
    surely, surely_not = (
        evaluated(
            [{"Effect": "Allow", "NotAction": [], "NotResource": [], "Condition": {name: {key: named}}}],
            requests,
        ).sure
        for name in (operator, NEGATIONS[operator])
    )
    assert surely != surely_not


usual = st.sampled_from(
    [
        {},
        {"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-2"]}},
        {"StringEquals": {"aws:RequestedRegion": ["eu-west-1"]}},
        {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Admin"}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}},
        {"StringNotEquals": {"aws:PrincipalOrgID": "o-none"}},
        {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        {"Bool": {"aws:PrincipalIsAWSService": "false"}},
        {"StringNotEquals": {"aws:PrincipalTag/ops": "yes"}},
    ]
)
patterns = st.lists(
    st.sampled_from(["*", "s3:*", "ec2:*", "iam:*", "s3:GetObject", "gamelift:*"]), max_size=3
)
denies = st.builds(
    lambda element, named, condition: {
        "Effect": "Deny", element: named, "Resource": "*", "Principal": "*", "Condition": condition,
    },
    st.sampled_from(["Action", "NotAction"]), patterns, usual,
) | statements(effects=("Deny",))  # fmt: skip
types = st.sampled_from([SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY])


@given(st.lists(denies, max_size=3), denies, types, st.booleans())
def test_another_deny_never_lowers_the_denial(
    some: list[dict[str, Any]], another: dict[str, Any], policy_type: str, alone: bool
) -> None:
    def denial(*statements: Any) -> Denial:
        content = json.dumps({"Statement": statements})
        return denial_together([content], policy_type) if alone else classify(content, policy_type).denial

    most, before, after = list(Denial), denial(*some), denial(*some, another)
    assert most.index(after) <= most.index(before)


@example(["aa"], ["*a*"])
@given(
    st.lists(st.text("ab:/*?", max_size=8), max_size=6), st.lists(st.text("ab:/*?", max_size=8), max_size=3)
)
def test_many_texts_at_once_match_as_each_alone_would(texts: list[str], patterns: list[str]) -> None:
    # "*" and "?" in a text are characters like others.
    texts = [text.replace("*", "x").replace("?", "y") for text in texts]
    expected = [any(glob(pattern, text) for pattern in patterns) for text in texts]
    matching = Texts(texts).matching(patterns)
    assert [bool(matching >> place & 1) for place in range(len(texts))] == expected
    assert matching >> len(texts) == 0


@given(st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted), st.integers(0, 9))
def test_a_span_is_decided_when_all_of_it_agrees(ends: list[int], bound: int) -> None:
    low, high = ends
    for relation, holds in (
        ("lessthan", lambda x: x < bound),
        ("lessthanequals", lambda x: x <= bound),
        ("greaterthan", lambda x: x > bound),
        ("greaterthanequals", lambda x: x >= bound),
        ("equals", lambda x: x == bound),
    ):
        answers = {holds(value) for value in range(low, high + 1)}
        expected = MAYBE if len(answers) == 2 else answers.pop()
        assert RELATIONS[relation](Span(low, high), bound) == expected


def test_an_unknown_address_is_in_a_network_only_if_all_are() -> None:
    anywhere = Unknown(re.compile(".*"))
    assert in_network(anywhere, ("0.0.0.0/1", "128.0.0.0/1", "::/0")) is True
    assert in_network(anywhere, ("0.0.0.0/1", "128.0.0.0/2", "no network")) == MAYBE
