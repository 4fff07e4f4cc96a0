"""The organization as a mermaid flowchart, for a report in Markdown: what the SVG shows, folded sooner.

A name is put into a quoted label, and what in it is no letter, digit or plain sign of writing as an entity
code ("Entity codes to escape characters", mermaid flowchart syntax): no name can end the label or be markup.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Final

from cli.drawing.folding import Branch, Leaf, fold
from cli.drawing.organization import Account, Lockout, State, Unit
from cli.drawing.summary import summary
from cli.drawing.words import label, remark
from rootguard.notify.phrases import capital, clean

_LONGEST: Final = 40
"""Characters of a name or an id: mermaid draws no text of more than 50,000 in all (its `maxTextSize`)."""
_PLAIN: Final = frozenset(" -,.")
_LOOKS: Final = {
    State.LOCKED_OUT: ("✕", "lockedOut", "fill:#fdf0e6,stroke:#b34a00,color:#1c2430,stroke-dasharray:6 3"),
    State.REACHABLE: ("✓", "reachable", "fill:#eaf4fb,stroke:#0067a6,color:#1c2430"),
    State.UNKNOWN: ("?", "unknown", "fill:#f3f5f7,stroke:#5b6675,color:#1c2430,stroke-dasharray:2 3"),
    None: ("◐", "mixed", "fill:#ffffff,stroke:#5b6675,color:#1c2430"),
}
"""By state, and for a unit above what was locked out: a sign, a class and its style."""
_TARGET: Final = "stroke-width:4px"


def mermaid(lockout: Lockout, *, most_units: int = 25, most_accounts: int = 25) -> str:
    """Return the diagram's text, without the fence around it.

    So many OUs and accounts are drawn one by one, fewer than in the SVG, since a flowchart sets them all
    below one another; see `fold`.
    """
    nodes = _Nodes(lockout, fold(lockout, most_units, most_accounts))
    lines = ["flowchart LR", f"  accTitle: {_encoded(capital(summary(lockout)))}", *nodes.branch(nodes.root)]
    lines += [f"  classDef {name} {style}" for _, name, style in _LOOKS.values()]
    lines += [f"  classDef target {_TARGET}"]
    return "\n".join(lines) + "\n"


class _Nodes:
    """The diagram's nodes, numbered as they are written."""

    def __init__(self, lockout: Lockout, root: Branch) -> None:
        self.root = root
        self._mark = f"⚑ {_encoded(clean(lockout.mark))}"
        self._numbers = count()

    def branch(self, branch: Branch, parent: str | None = None) -> Iterator[str]:
        """Yield the lines of a unit and of all that is drawn in it."""
        node = f"n{next(self._numbers)}"
        folded = f" {branch.state.value}" if branch.folded else ""
        texts = [*_named(branch.unit), _encoded(remark(branch) + folded)]
        state = None if branch.is_mixed else branch.state
        yield self._node(node, texts, state, is_target=branch.is_target)
        if parent is not None:
            yield f"  {parent} --- {node}"
        for leaf in branch.leaves:
            yield from self._leaf(leaf, node)
        for child in branch.branches:
            yield from self.branch(child, node)

    def _leaf(self, leaf: Leaf, parent: str) -> Iterator[str]:
        node = f"n{next(self._numbers)}"
        texts = [*_named(leaf.account), *(["management account"] if leaf.is_management else [])]
        yield self._node(node, texts, leaf.state, is_target=leaf.is_target)
        yield f"  {parent} --- {node}"

    def _node(self, node: str, texts: list[str], state: State | None, *, is_target: bool) -> str:
        sign, name, _ = _LOOKS[state]
        text = "<br/>".join([f"{sign} {texts[0]}", *texts[1:], *([self._mark] if is_target else [])])
        return f'  {node}["{text}"]:::{name}' + (f"\n  class {node} target" if is_target else "")


def _named(place: Unit | Account) -> list[str]:
    name, place_id = label(place), clean(place.id)
    texts = [name] if name == place_id else [name, place_id]
    return [_encoded(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…") for text in texts]


def _encoded(text: str) -> str:
    return "".join(c if c.isalnum() or c in _PLAIN else f"#{ord(c)};" for c in text)
