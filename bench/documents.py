"""How long the longest and the most hostile documents take to classify on this machine.

Run: .venv/bin/python bench/documents.py [RUNS]

Each document is filled up to 10,240 characters, the most that AWS takes. Each figure is the median of RUNS
runs (5 by default), in milliseconds of processor time, the worst first: of the class, which the guard needs,
and of what a page says of it. Five documents together are judged as all that is attached to one target.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import string
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from rootguard.lockout import classification, grammar, judgement, keys

LIMIT, SCP, NOW = 10_240, "SERVICE_CONTROL_POLICY", datetime(2026, 11, 27, tzinfo=UTC)
LETTERS = string.ascii_letters
DENY: dict[str, Any] = {"Effect": "Deny", "Action": "*", "Resource": "*"}
DENY_BUT: dict[str, Any] = {"Effect": "Deny"}


def one(statement: Callable[[list[str]], Any], item: Callable[[int], str]) -> str:
    """Return a document of one statement, with as many items as it holds."""
    items: list[str] = []
    room = LIMIT - len(_text([statement(items)]))
    while room > len(item(len(items))) + 4:
        room -= len(json.dumps(item(len(items)))) + 1
        items.append(item(len(items)))
    return _text([statement(items)])


def many(statement: Callable[[int], Any]) -> str:
    """Return a document of as many statements as it holds."""
    statements: list[Any] = []
    room = LIMIT - 50
    while room > len(json.dumps(statement(len(statements)), separators=(",", ":"))):
        statements.append(statement(len(statements)))
        room -= len(json.dumps(statements[-1], separators=(",", ":"))) + 1
    return _text(statements)


def conditions(prefix: str, operator: str, value: str) -> str:
    """Return a document of one statement with as many keys of a condition, two letters each, as it holds."""
    room = LIMIT - len(_text([DENY | {"Condition": {operator: {}}}]))
    pairs = itertools.product(LETTERS, LETTERS)
    names = [
        f"{prefix}{''.join(pair)}"
        for pair in itertools.islice(pairs, room // len(f'"{prefix}ab":"{value}",'))
    ]
    return _text([DENY | {"Condition": {operator: dict.fromkeys(names, value)}}])


def denies(**by_operator: object) -> Any:
    """Return a deny of everything under conditions; two underscores of an operator stand for a colon."""
    return DENY | {"Condition": {name.replace("__", ":"): on for name, on in by_operator.items()}}


def when(operator: str, key: str) -> Callable[[list[str]], Any]:
    """Return a maker of statements with one condition, on a resource that is not "*"."""
    return lambda values: DENY | {"Resource": "arn:*:?*", "Condition": {operator: {key: values}}}


def region(number: int) -> str:
    """Return one of many names of a Region's form."""
    return f"{LETTERS[number % 26]}{LETTERS[number // 26 % 26]}-east-{number % 9 + 1}"


def _text(statements: list[Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


DOCUMENTS = {
    "Deny * on *": _text([DENY]),
    "a list of 1,400 actions": one(lambda a: DENY | {"Action": a}, lambda n: f"a{n % 9}:*"),
    "patterns of stars": one(lambda a: DENY_BUT | {"NotAction": a, "Resource": "*"}, lambda n: f"*e*{n % 9}"),
    "patterns of ?": one(lambda a: DENY | {"Action": a}, lambda n: f"*?e?{n % 9}"),
    "one pattern, 5,000 stars": one(lambda a: DENY | {"Action": "*e" * 5_000 + "".join(a)}, str),
    "one pattern of ?*": one(lambda a: DENY | {"Action": "?*" * 5_000 + "".join(a)}, str),
    "resources with ?": one(
        lambda r: DENY_BUT | {"Action": "*", "NotResource": r}, lambda n: f"arn:*?:*?a{n % 9}"
    ),
    "stars through every resource": one(
        lambda r: DENY_BUT | {"Action": "*", "NotResource": r}, lambda n: f"*:*:*?*{n % 9}"
    ),
    "principals with stars": one(when("ArnNotLike", "aws:PrincipalArn"), lambda n: f"arn:*:*:*:*:*r*{n}"),
    "Regions": one(when("StringNotLike", "aws:RequestedRegion"), lambda n: f"*-*{n}"),
    "networks": one(when("NotIpAddressIfExists", "aws:SourceIp"), lambda n: f"10.{n // 99}.{n % 99}.0/24"),
    "dates": one(when("DateNotEquals", "aws:CurrentTime"), lambda n: f"20{n % 90 + 10}-01-01"),
    "90 windows of time": many(
        lambda n: DENY | {"Condition": {o: {"aws:EpochTime": n} for o in ("DateEquals", "DateNotEquals")}}
    ),
    "variables": one(when("StringNotEquals", "aws:userid"), lambda _: "${aws:PrincipalAccount}"),
    "an open variable": one(lambda r: DENY | {"Resource": "${a" + " ," * 4_000 + "".join(r)}, str),
    "200 statements": many(lambda _: DENY),
    "100 statements with a condition each": many(
        lambda n: DENY | {"Condition": {"StringNotLike": {f"k:{n}": "*a"}}}
    ),
    "110 services closed": many(lambda n: DENY | {"Action": f"s{n}:*"}),
    "1,100 keys, none of them known": conditions("", "StringNotLike", "*"),
    "1,000 keys, compared as ARNs": conditions("", "ArnNotLike", "*a"),
    "800 keys with a variable each": conditions("", "StringLike", "${b}"),
    "3,000 empty statements": many(lambda _: {}),
    "nested lists": "[" * LIMIT,
    "nested conditions": '{"Statement":[{"Effect":"Deny","Action":' + "[" * 5_000 + "]" * 5_000 + "}]}",
    # Many keys x many values, against the worlds and the contexts.
    "500 unknown global keys": conditions("aws:zq", "StringNotLike", "a*"),
    "400 keys near a known one": conditions("aws:principala", "StringNotLike", "a*"),
    "500 keys of EC2": conditions("ec2:", "StringNotEquals", "a"),
    "400 tags of the request": conditions("aws:RequestTag/", "StringNotEquals", "a"),
    "200 tags with a variable": conditions("aws:ResourceTag/", "StringNotLike", "${aws:PrincipalTag/a}"),
    "400 tags of the principal": conditions("aws:PrincipalTag/", "StringNotLike", "a"),
    "600 keys of a provider": conditions("saml:", "StringNotLike", "a"),
    "36 operators x 15 values of one key": _text(
        [
            denies(
                **{
                    f"{quantifier}String{negation}{name}{end}": {
                        "saml:a": [f"v*{n}{negation}" for n in range(15)]
                    }
                    for quantifier in ("", "ForAllValues:", "ForAnyValue:")
                    for negation in ("", "Not")
                    for name in ("Equals", "Like", "EqualsIgnoreCase")
                    for end in ("", "IfExists")
                }
            )
        ]
    ),
    "statements x values of one key": many(
        lambda n: denies(StringNotLike={"saml:x": [f"*{n}a", f"b{n}*", f"c*{n}"]})
    ),
    "40 keys x 11 tags, by statement": many(
        lambda n: denies(StringNotLike={f"saml:{n % 40}": f"*{n}a", f"aws:ResourceTag/{n % 11}": f"{n}*"})
    ),
    "a network each": many(
        lambda n: denies(NotIpAddress={"aws:SourceIp": [f"{n + 11}.0.0.0/16", f"{n + 11}.5.0.0/24"]})
    ),
    "700 addresses": one(when("NotIpAddress", "aws:SourceIp"), lambda n: f"{n % 200 + 11}.{n // 200}.0.0/16"),
    "a Region each": many(lambda n: denies(StringNotEquals={"aws:RequestedRegion": region(n)})),
    "a Region and a network each": many(
        lambda n: denies(
            StringNotEquals={"aws:RequestedRegion": region(n)},
            NotIpAddress={"aws:SourceIp": f"{n + 11}.0.0.0/16"},
        )
    ),
    "a resource in a Region each": many(
        lambda n: {"Effect": "Deny", "Action": "*", "NotResource": f"arn:aws:ec2:eu-west-{n % 9 + 1}:*:*{n}*"}
    ),
    "an action and a resource each": many(
        lambda n: {"Effect": "Deny", "NotAction": f"s3:*{n}", "NotResource": f"arn:*:*:*-{n % 9}:*:*{n}*"}
    ),
    "a day and a key each": many(
        lambda n: denies(
            DateGreaterThan={"aws:CurrentTime": f"20{n % 60 + 30}-01-01"}, StringNotEquals={"saml:a": f"{n}"}
        )
    ),
    "an endpoint and a VPC each": many(
        lambda n: denies(StringNotEquals={"aws:SourceVpce": f"vpce-{n}", "aws:SourceVpc": f"vpc-{n}"})
    ),
    "100 operators that nobody knows": many(lambda n: denies(**{f"Foo{n}": {"a:b": "c"}})),
    "500 organizations": one(when("StringNotEquals", "aws:PrincipalOrgID"), lambda n: f"o-{n:010}"),
    "300 paths": one(
        when("ForAnyValue:StringNotLike", "aws:PrincipalOrgPaths"), lambda n: f"o-{n % 7:010}/r-{n:04}/*"
    ),
    "1,000 numbers": one(when("NumericNotEquals", "saml:a"), str),
    "20 services x their keys": many(
        lambda n: (
            DENY
            | {"Action": f"s{n % 20}:*"}
            | {"Condition": {"StringNotEquals": {f"s{n % 20}:{n}": f"v{n}"}}}
        )
    ),
}


def families() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each document alone, then five at a time together."""
    yield from ((name, (document,)) for name, document in DOCUMENTS.items())
    names = list(DOCUMENTS)
    for start in range(0, len(names), 5):
        five = names[start : start + 5]
        yield " + ".join(five), tuple(DOCUMENTS[name] for name in five)


def forget() -> None:
    """Empty what is remembered: it takes no time."""
    judgement.judge.cache_clear()
    classification.classify.cache_clear()
    keys.is_misspelt.cache_clear()
    for reader in (grammar.number, grammar.seconds, grammar.network):
        reader.cache_clear()  # type: ignore[attr-defined]


def milliseconds(runs: int, ask: Callable[[], object]) -> float:
    """Return the median processor time."""
    times = []
    for _ in range(runs):
        forget()
        started = time.process_time()
        ask()
        times.append((time.process_time() - started) * 1000)
    return statistics.median(times)


def main() -> None:
    """Measure and print, the slowest first."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("runs", type=int, nargs="?", default=5, help="how often each is measured (5)")
    runs = parser.parse_args().runs
    took: list[tuple[float, float, str]] = []
    for name, documents in families():
        if longest := [each for each in documents if len(each) > LIMIT]:
            raise SystemExit(f"{name}: {len(longest[0])} characters, which nothing would read")

        def judge(documents: tuple[str, ...] = documents) -> judgement.Judgement:
            return judgement.judge(documents, SCP, at=NOW, alone=len(documents) > 1)

        def tell(document: str = documents[0]) -> object:
            return classification.classify(document, at=NOW)

        page = milliseconds(runs, tell) if len(documents) == 1 else 0.0
        found = judge()
        cut = ", more than was looked at" if found.is_cut else ""
        took.append((milliseconds(runs, judge), page, f"{name}: {found.denial}{cut}"))
    print("class ms  page ms")
    for of_class, of_page, what in sorted(took, reverse=True):
        print(f"{of_class:8.2f} {of_page:8.2f}  {what}")


if __name__ == "__main__":
    main()
