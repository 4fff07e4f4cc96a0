"""The SVG: well-formed whatever the names, nothing overlaps, nothing acts, every account drawn or counted."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cli.drawing import Account, Lockout, Unit, svg
from tests.cli.test_drawing import MANAGEMENT, NAMES, ROOT, TREE, account_id, at, large, lockouts, ou_id

BOUNDS = ({}, {"most_units": 1, "most_accounts": 2})
SVG = "{http://www.w3.org/2000/svg}"


def parsed(lockout: Lockout, **most: int) -> ET.Element:
    return ET.fromstring(svg(lockout, **most))  # noqa: S314 - written by the code under test


def texts(picture: ET.Element, tag: str = "text") -> list[str]:
    """Every text as it reads, without the marks that isolate its direction."""
    return [
        "".join(each.itertext()).translate({0x2068: " ", 0x2069: None}) for each in picture.iter(SVG + tag)
    ]


@given(lockout=lockouts(), most=st.sampled_from(BOUNDS))
def test_the_svg_is_well_formed_whatever_the_names_and_holds_nothing_that_acts(
    lockout: Lockout, most: dict[str, int]
) -> None:
    picture = parsed(lockout, **most)
    assert {each.tag.removeprefix(SVG) for each in picture.iter()} <= {
        *("svg", "title", "desc", "style", "defs", "pattern", "rect", "g", "path", "text", "tspan")
    }
    attributes = {name for each in picture.iter() for name in each.attrib}
    assert not {name for name in attributes if name.startswith("on") or "href" in name}
    assert picture.get("role") == "img"
    assert [each.tag for each in picture][:2] == [f"{SVG}title", f"{SVG}desc"]


@given(names=st.lists(NAMES, min_size=3, max_size=3))
@example(names=["<b>", "&", '"'])
def test_names_change_nothing_but_text(names: list[str | None]) -> None:
    def named(*words: str | None) -> list[tuple[str, str | None]]:
        unit = Unit(ou_id(1), words[0], accounts=(Account(account_id(1), words[1]),))
        root = Unit(ROOT, units=(unit,), accounts=(Account(MANAGEMENT, words[2]),))
        return [
            (each.tag, each.get("x")) for each in parsed(at(ou_id(1), root)).iter() if "tspan" not in each.tag
        ]

    assert named(*names) == named("a", "b", "c")


@given(lockout=lockouts(), most=st.sampled_from(BOUNDS))
def test_no_two_texts_share_a_place_and_none_leaves_the_picture(
    lockout: Lockout, most: dict[str, int]
) -> None:
    picture = parsed(lockout, **most)
    frames = [
        tuple(float(each.get(name, "nan")) for name in ("x", "y", "width", "height"))
        for each in picture.iter(f"{SVG}svg")
        if each is not picture
    ]
    assert all(each.get("overflow") == "hidden" for each in picture.iter(f"{SVG}svg") if each is not picture)
    right, bottom = (float(picture.get(name, "nan")) for name in ("width", "height"))
    assert all(
        x >= 0 and y >= 0 and x + width <= right and y + high <= bottom for x, y, width, high in frames
    )
    assert all(width > 30 for _, _, width, _ in frames)
    # A frame leaves room above capitals and below descenders; those rooms may touch.
    boxes = [(x, y + 5, x + width, y + high - 5) for x, y, width, high in frames]
    for number, (left, top, end, foot) in enumerate(boxes):
        for other_left, other_top, other_end, other_foot in boxes[:number]:
            assert end <= other_left or other_end <= left or foot <= other_top or other_foot <= top


def test_a_name_that_is_cut_is_whole_in_its_title() -> None:
    long = "a name that goes on " * 10
    picture = parsed(at(ROOT, replace(TREE, accounts=(Account(account_id(1), long),))))
    assert not any(long.strip() in text for text in texts(picture))
    assert any(re.search(r"a name that goes on.*…", text) for text in texts(picture))
    assert f"{long} ({account_id(1)}): locked out" in texts(picture, "title")


def test_the_target_is_marked_once_and_the_management_account_is_told_apart() -> None:
    for target_id in (ROOT, ou_id(2), account_id(7), MANAGEMENT):
        told = texts(parsed(at(target_id)))
        assert sum("attached here" in text for text in told) == 1
        assert f" {MANAGEMENT} management account: SCPs do not bind it" in told


def test_each_state_has_a_class_of_its_own_and_an_icon_besides_its_colour() -> None:
    picture = parsed(at(ou_id(1)))
    cards: dict[str, set[str]] = {}
    for group in picture.iter(f"{SVG}g"):
        if any(each.get("class") == "card" for each in group):
            shapes = "".join(each.get("d", "") for each in group.iter(f"{SVG}path"))
            cards.setdefault(group.get("class", ""), set()).add(shapes)
    assert cards.keys() == {"locked", "reachable"}
    assert not cards["locked"] & cards["reachable"]


@pytest.mark.parametrize("target_id", [ROOT, ou_id(7), account_id(7003)])
def test_at_two_thousand_accounts_the_rows_add_up_and_the_legend_says_what_is_folded(target_id: str) -> None:
    tree = large(units=100, accounts_each=20)
    picture = parsed(at(target_id, tree))
    cards = sum(each.get("class") == "card" for each in picture.iter(f"{SVG}rect"))
    told = re.search(r"Folded.*?([\d,]+) accounts, ([\d,]+) OUs", " ".join(texts(picture)))
    assert told is not None
    assert int(told[1].replace(",", "")) + cards == 2001
    assert int(told[2]) == 60
    assert float(picture.get("height", "nan")) < 3000


def test_empty_units_that_are_folded_are_counted_too() -> None:
    tree = Unit(ROOT, units=tuple(Unit(ou_id(number)) for number in range(1, 60)))
    assert " 0 accounts, 19 OUs" in texts(parsed(at(ROOT, tree)))


def test_an_id_is_as_harmless_as_a_name() -> None:
    odd = "<b>\x00\ud800"
    picture = parsed(
        at(ROOT, Unit(ROOT, units=(Unit(odd, accounts=(Account(odd + "!"), Account("x", odd))),)))
    )
    assert "<b>??!: locked out" in texts(picture, "title")
