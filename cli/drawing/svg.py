"""The organization as one SVG: from Root down, OUs as rows, accounts as cards, the lockout as a zone.

It needs no script and nothing from outside, and reads well in light, in dark and on paper. Every name is text
to the library that builds it, so that none can become markup. A name that is cut is whole in its tooltip.
"""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from cli.drawing.folding import Branch, Leaf, fold, total
from cli.drawing.lettering import cut, line, wrapped
from cli.drawing.look import COLOURS, dress, icon
from cli.drawing.organization import Account, Lockout, Unit
from cli.drawing.summary import findings, summary
from cli.drawing.words import folded_label, label, remark
from rootguard.domain.policy import is_root_id
from rootguard.notify.phrases import capital, clean

_WIDTH: Final = 960
_MARGIN: Final = 28
_RIGHT: Final = _WIDTH - _MARGIN
_INDENT: Final = 24
_DEEPEST: Final = 6
"""Levels that are indented; AWS allows five below Root ("Quotas for AWS Organizations", User Guide)."""
_ROW: Final = 34
_CARD: Final = 44
_ABREAST: Final = 3
_GAP: Final = 10
_BAR: Final = 540
_LONGEST_BAR: Final = 90
_REMARK: Final = 642
_FLAG: Final = 138


def svg(lockout: Lockout, *, most_units: int = 40, most_accounts: int = 60) -> str:
    """Return the picture as an `<svg>` element that can stand in a page or in a file of its own.

    So many OUs and accounts are drawn one by one as fit a printed page; see `fold`.
    """
    root = fold(lockout, most_units, most_accounts)
    picture = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img"})
    SubElement(picture, "title").text = "What the lockout reached in the organization"
    SubElement(picture, "desc").text = _description(lockout, root)
    dress(picture)
    height = _Sheet(picture, lockout, root).draw()
    picture.set("viewBox", f"0 0 {_WIDTH} {height:g}")
    picture.set("width", f"{_WIDTH}")
    picture.set("height", f"{height:g}")
    picture.set("style", "max-width: 100%; height: auto")
    return tostring(picture, encoding="unicode")


class _Sheet:
    """The picture while it is drawn, from the top down to `y`."""

    def __init__(self, picture: Element, lockout: Lockout, root: Branch) -> None:
        self._lockout = lockout
        self._root = root
        self._most_folded = max(1, *(branch.folded.accounts for branch in root.walk()))
        paper = SubElement(picture, "rect", {"class": "paper", "width": "100%", "height": "100%", "rx": "10"})
        paper.tail = "\n"
        # What lies below is drawn later, when its height is known.
        self._zones = SubElement(picture, "g")
        self._lines = SubElement(picture, "g")
        self._picture = SubElement(picture, "g")
        self._y = float(_MARGIN)

    def draw(self) -> float:
        """Draw everything and return the height."""
        self._legend()
        self._branch(self._root, 0)
        return self._y + _MARGIN - _GAP

    def _legend(self) -> None:
        for state, phrase in findings(self._lockout):
            group = SubElement(self._picture, "g", {"class": COLOURS[state]})
            _edge(group, _MARGIN, self._y - 1, 18)
            self._term(group, state.name, state.value, phrase)
        folded = total(self._root)
        if folded:
            group = SubElement(self._picture, "g", {"class": "neutral"})
            where = "counted beside their OU, not drawn one by one"
            self._term(group, "folded", "folded", f"{folded_label(folded)}: {where}")
        self._y += 14

    def _term(self, group: Element, name: str, term: str, phrase: str) -> None:
        icon(group, name, _MARGIN + 12, self._y)
        line(group, (_MARGIN + 38, self._y + 13), 130, 14, (("strong", capital(term)),))
        room = _RIGHT - _MARGIN - 172
        for words in wrapped(phrase, room, 14):
            line(group, (_MARGIN + 172, self._y + 13), room, 14, (("", words),))
            self._y += 20
        self._y += 6

    def _branch(self, branch: Branch, depth: int) -> float:
        """Draw a unit and all that is drawn in it; return where its own row has its middle."""
        left = _MARGIN + _INDENT * min(depth, _DEEPEST)
        top, middle = self._y, self._y + _ROW / 2
        self._row(branch, left, middle)
        self._y += _ROW
        self._cards(branch.leaves, left + _INDENT + 4)
        spine = left + 8
        middles = [self._branch(child, depth + 1) for child in branch.branches]
        if middles:
            below = "".join(f"M{spine:g} {each:g}H{left + _INDENT - 4:g}" for each in middles)
            path = f"M{spine:g} {middle + 12:g}V{middles[-1]:g}{below}"
            SubElement(self._lines, "path", {"class": "branch", "d": path})
        if branch.is_target:
            wide, high = _RIGHT - left + 20, self._y - top
            _box(self._zones, "zone", x=left - 10, y=top, width=wide, height=high, rx=8)
            self._y += _GAP
        return middle

    def _row(self, branch: Branch, left: float, middle: float) -> None:
        unit = branch.unit
        colour = "neutral" if branch.is_mixed else COLOURS[branch.state]
        group = SubElement(self._picture, "g", {"class": colour})
        SubElement(group, "title").text = _tooltip(unit)
        icon(group, "root" if is_root_id(unit.id) else "folder", left, middle - 8)
        x = left + _INDENT
        room = _BAR - _GAP - x
        if branch.is_target:
            room -= _FLAG + _GAP
            _flag(group, _BAR - _GAP - _FLAG, middle, self._lockout.mark)
        line(group, (x, middle + 5), room, 14, _named(unit))
        if branch.folded:
            folded = SubElement(group, "g", {"class": COLOURS[branch.state]})
            width = _LONGEST_BAR * branch.folded.accounts / self._most_folded
            _box(folded, "solid", x=_BAR, y=middle - 5, width=max(width, 2), height=10, rx=2)
            icon(folded, "folded", _REMARK - 4, middle - 8)
            icon(folded, branch.state.name, _REMARK + 9, middle - 7, 14)
        line(group, (_REMARK + 30, middle + 4.5), _RIGHT - _REMARK - 30, 12, (("quiet", remark(branch)),))

    def _cards(self, leaves: tuple[Leaf, ...], left: float) -> None:
        """Set the accounts as cards, three abreast; words of their own take another place each."""
        narrow = (_RIGHT - left - (_ABREAST - 1) * _GAP) / _ABREAST
        column = 0
        for leaf in leaves:
            columns = 1 + leaf.is_target + leaf.is_management
            if column + columns > _ABREAST:
                column = 0
                self._y += _CARD + _GAP
            width = columns * (narrow + _GAP) - _GAP
            self._card(leaf, left + column * (narrow + _GAP), width)
            column += columns
        if leaves:
            self._y += _CARD + _GAP

    def _card(self, leaf: Leaf, x: float, width: float) -> None:
        y, middle = self._y, self._y + _CARD / 2
        group = SubElement(self._picture, "g", {"class": COLOURS[leaf.state]})
        SubElement(group, "title").text = f"{_tooltip(leaf.account)}: {leaf.state.value}"
        _box(group, "card", x=x, y=y, width=width, height=_CARD, rx=7)
        _edge(group, x + 6, y + 7, _CARD - 14)
        icon(group, leaf.state.name, x + 19, middle - 8)
        room = width - 52
        if leaf.is_target:
            room -= _FLAG + _GAP
            _flag(group, x + width - _GAP - _FLAG, middle, self._lockout.mark)
        account_id = ("id", clean(leaf.account.id)) if leaf.account.name else ("quiet", "name not known")
        exempt = (("quiet", "management account: SCPs do not bind it"),) if leaf.is_management else ()
        line(group, (x + 44, y + 19), room, 13, (("strong", label(leaf.account)),))
        line(group, (x + 44, y + 35), room, 12, (account_id, *exempt))


def _box(parent: Element, kind: str, **measures: float) -> Element:
    return SubElement(parent, "rect", {"class": kind, **{name: f"{at:g}" for name, at in measures.items()}})


def _edge(parent: Element, x: float, y: float, height: float) -> None:
    """Draw the edge that tells a state without colour: hatched, full or dashed."""
    _box(parent, "edge", x=x, y=y, width=5, height=height, rx=2)


def _flag(parent: Element, x: float, middle: float, mark: str) -> None:
    """Draw the target's mark as a dark label."""
    group = SubElement(parent, "g", {"class": "flag"})
    _box(group, "flag", x=x, y=middle - 11, width=_FLAG, height=22, rx=11)
    icon(group, "flag", x + 10, middle - 7, 14)
    line(group, (x + 28, middle + 4), _FLAG - 36, 12, (("flag-text", clean(mark)),))


def _named(unit: Unit) -> tuple[tuple[str, str], ...]:
    name, unit_id = label(unit), clean(unit.id)
    if name == unit_id:
        return (("strong", name),)
    return (("strong", name), ("id", cut(unit_id, 150, 12, monospaced=True)))


def _tooltip(place: Unit | Account) -> str:
    return clean(place.id) if label(place) == clean(place.id) else f"{label(place)} ({clean(place.id)})"


def _description(lockout: Lockout, root: Branch) -> str:
    folded = total(root)
    rest = f" Counted, not drawn one by one: {folded_label(folded)}." if folded else ""
    return f"{capital(summary(lockout))}. {capital(clean(lockout.mark))}: {clean(lockout.target_id)}.{rest}"
