"""The mermaid flowchart: no name gets out of its label, and the nodes are a tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from hypothesis import given

from cli.drawing import Account, Lockout, Unit, mermaid
from tests.cli.test_drawing import NASTY, ROOT, account_id, at, large, lockouts, ou_id

NODE = re.compile(r'  n\d+\["(?P<label>[^"]*)"\]:::(lockedOut|reachable|unknown|mixed)')
OTHER = re.compile(
    r"flowchart LR|  n\d+ --- n\d+|  class n\d+ target|  classDef \w+ [\w:#, -]+|  accTitle: [^\"]+"
)


def labels(lockout: Lockout) -> Iterator[str]:
    for line in mermaid(lockout).splitlines():
        if (node := NODE.fullmatch(line)) is not None:
            yield unescape(re.sub(r"#(\d+);", r"&#\1;", node["label"]))


@given(lockout=lockouts())
def test_no_name_gets_out_of_its_label(lockout: Lockout) -> None:
    for line in mermaid(lockout).split("\n")[:-1]:
        node = NODE.fullmatch(line)
        assert node or OTHER.fullmatch(line)
        if node:
            raw = re.sub(r"#\d+;", "", node["label"].replace("<br/>", ""))
            assert not re.search(r"[\"`<>&#;|{}\[\]()\\*_~:/@$%]", raw)


@given(lockout=lockouts())
def test_the_flowchart_is_a_tree_of_what_is_drawn(lockout: Lockout) -> None:
    text = mermaid(lockout)
    nodes = set(re.findall(r"^  (n\d+)\[", text, re.MULTILINE))
    children = re.findall(r"^  n\d+ --- (n\d+)$", text, re.MULTILINE)
    assert len(children) == len(set(children)) == len(nodes) - 1
    assert text.count(" target\n") == any(lockout.target_id in each for each in labels(lockout))
    assert len(text) < 50_000


def test_a_name_reads_in_mermaid_as_it_does_elsewhere() -> None:
    root = Unit(ROOT, accounts=tuple(Account(account_id(n), name) for n, name in enumerate(NASTY)))
    told = list(labels(at(ROOT, root)))
    assert f"✕ <script>alert(1)</script><br/>{account_id(0)}" in told
    assert f"✕ فريق الإنتاج<br/>{account_id(5)}" in told
    assert "◐ Root" in next(labels(at(ou_id(1))))


def test_two_thousand_accounts_stay_a_small_flowchart() -> None:
    text = mermaid(at(ou_id(7), large(units=100, accounts_each=20)))
    assert text.count("[") < 60
    assert "1,500 accounts, 75 OUs still reachable" in text


def test_an_id_is_as_harmless_as_a_name() -> None:
    root = Unit(ROOT, accounts=(Account('"]\n\u202e', "name"),))
    assert '✕ name<br/>"]??' in list(labels(at(ROOT, root)))
