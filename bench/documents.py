"""How long the longest and the most hostile documents take to classify on this machine.

Run: .venv/bin/python bench/documents.py [RUNS]

Each document is filled up to 10,240 characters, the most that AWS takes. Each figure is the median of RUNS
runs (9 by default), in milliseconds.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import string
import time
from collections.abc import Callable
from typing import Any

from rootguard.lockout import classification, judgement

LIMIT = 10_240
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


def keys(operator: str, value: str) -> str:
    """Return a document of one statement with as many keys of a condition, two letters each, as it holds."""
    room = LIMIT - len(_text([DENY | {"Condition": {operator: {}}}]))
    pairs = itertools.islice(itertools.product(LETTERS, LETTERS), room // len(f'"ab":"{value}",'))
    return _text([DENY | {"Condition": {operator: {"".join(pair): value for pair in pairs}}}])


def when(operator: str, key: str) -> Callable[[list[str]], Any]:
    """Return a maker of statements with one condition, on a resource that is not "*"."""
    return lambda values: DENY | {"Resource": "arn:*:?*", "Condition": {operator: {key: values}}}


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
    "1,100 keys, none of them known": keys("StringNotLike", "*"),
    "1,000 keys, compared as ARNs": keys("ArnNotLike", "*a"),
    "800 keys with a variable each": keys("StringLike", "${b}"),
    "3,000 empty statements": many(lambda _: {}),
    "nested lists": "[" * LIMIT,
    "nested conditions": '{"Statement":[{"Effect":"Deny","Action":' + "[" * 5_000 + "]" * 5_000 + "}]}",
}


def main() -> None:
    """Measure and print, the slowest last."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("runs", type=int, nargs="?", default=9, help="how often each is measured (9)")
    runs = parser.parse_args().runs
    took: list[tuple[float, str]] = []
    for name, document in DOCUMENTS.items():
        if len(document) > LIMIT:
            raise SystemExit(f"{name}: {len(document)} characters, which nothing would read")
        times = []
        for _ in range(runs):
            judgement.judge.cache_clear()
            classification.classify.cache_clear()  # what is remembered takes no time
            started = time.perf_counter()
            denial = classification.classify(document).denial
            times.append((time.perf_counter() - started) * 1000)
        took.append((statistics.median(times), f"{name} ({len(document):,} characters): {denial}"))
    for milliseconds, what in sorted(took):
        print(f"{milliseconds:7.2f} ms  {what}")


if __name__ == "__main__":
    main()
