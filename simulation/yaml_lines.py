"""YAML to plain data in which each value knows its line, so that an error can name it.

Keys are text as they are written: plain YAML takes the key `on` for true. Only `true` and `false` are
booleans, and dates stay text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from stacks.config_source import Problem

Path: TypeAlias = "tuple[str | int, ...]"

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BOOLEANS = {"true": True, "false": False}


class HistoryError(ValueError):
    """A history that cannot be used. The message says where, what is wrong and what would be right."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of the file, with its place."""

    data: Any
    path: Path
    line: int
    file: str

    def error(self, trouble: str, fix: str) -> HistoryError:
        """Return the error that says what is wrong here, and how to fix it."""
        return HistoryError(str(Problem(self.file, self.line, dotted(self.path), trouble, fix)))

    def entries(self, *allowed: str, required: tuple[str, ...] = ()) -> dict[str, Value]:
        """Return the values of a mapping by key. Raises HistoryError for a key that is not known or lacks."""
        if not isinstance(self.data, dict):
            raise self.error(f"expected keys, not {_kind(self.plain())}", f"write {{{allowed[0]}: …}}")
        for key, value in self.data.items():
            if allowed and key not in allowed:
                raise value.error(f'unknown key "{key}"', f"use {_listed(allowed)}, or take it out")
        for key in required:
            if key not in self.data:
                raise self.error(f'the key "{key}" is missing', f"add {key}: …")
        return dict(self.data)

    def items(self) -> list[Value]:
        """Return the values of a list. Raises HistoryError for anything else."""
        if not isinstance(self.data, list):
            raise self.error(
                f"expected a list, not {_kind(self.plain())}", "write [ … ], with commas between"
            )
        return list(self.data)

    def text(self) -> str:
        """Return text. Raises HistoryError for anything else."""
        if not isinstance(self.data, str) or not self.data:
            raise self.error(
                f"expected text, not {_kind(self.plain())}", "write a word, in quotes if need be"
            )
        return self.data

    def number(self, least: float | None = None, most: float | None = None) -> int | float:
        """Return a number within bounds. Raises HistoryError for anything else."""
        if isinstance(self.data, bool) or not isinstance(self.data, int | float):
            raise self.error(f"expected a number, not {_kind(self.plain())}", "write a number such as 60")
        if (least is not None and self.data < least) or (most is not None and self.data > most):
            bounds = " and ".join(
                [f"at least {least}"] * (least is not None) + [f"at most {most}"] * (most is not None)
            )
            raise self.error(f"{self.data} is out of bounds", f"write a number of {bounds}")
        return self.data

    def whole(self, least: int | None = None) -> int:
        """Return a whole number. Raises HistoryError for anything else."""
        number = self.number(least)
        if not isinstance(number, int):
            raise self.error(f"{number} is not a whole number", "write a number such as 60")
        return number

    def one_of(self, *words: str) -> str:
        """Return one of some words. Raises HistoryError for any other."""
        if self.data not in words:
            raise self.error(f"unknown word {self.plain()!r}", f"use {_listed(words)}")
        return str(self.data)

    def times(self) -> tuple[int | float, ...]:
        """Return a number, or a list of numbers, from 0 on. Raises HistoryError for anything else."""
        if isinstance(self.data, list):
            return tuple(time.number(0) for time in self.data)
        return (self.number(0),)

    def plain(self) -> Any:
        """Return the data without places."""
        if isinstance(self.data, dict):
            return {key: value.plain() for key, value in self.data.items()}
        if isinstance(self.data, list):
            return [value.plain() for value in self.data]
        return self.data


def read(text: str, file: str) -> Value:
    """Read one YAML document. Raises HistoryError if it is none."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        trouble = f"not usable YAML: {error.problem or error.context}"
        raise HistoryError(
            str(Problem(file, line, "", trouble, "correct the syntax at or above this line"))
        ) from error
    except yaml.YAMLError as error:
        raise HistoryError(
            str(Problem(file, 1, "", f"not usable YAML: {error}", "write it as UTF-8 text"))
        ) from error
    if node is None:
        raise HistoryError(str(Problem(file, 1, "", "the file is empty", "begin with why: …")))
    return _value(node, (), file)


def _value(node: Any, path: Path, file: str) -> Value:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Value] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            value = _value(value_node, (*path, key), file)
            if not isinstance(key_node, yaml.ScalarNode) or key in found:
                raise value.error(f'the key "{key}" is there twice', "keep one")
            found[key] = value
        return Value(found, path, line, file)
    if isinstance(node, yaml.SequenceNode):
        entries = [_value(entry, (*path, place), file) for place, entry in enumerate(node.value)]
        return Value(entries, path, line, file)
    return Value(_scalar(node), path, line, file)


def _scalar(node: Any) -> Any:
    tag, text = node.tag.rpartition(":")[2], node.value
    if tag == "bool":
        return _BOOLEANS.get(text, text)
    if tag == "null":
        return None
    for kind in (int, float):
        if tag == kind.__name__:
            try:
                return kind(text)
            except ValueError:
                return text
    return text


def dotted(path: Path) -> str:
    """Write a path as a person would: `steps[0].fault`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def _kind(data: Any) -> str:
    if isinstance(data, Mapping):
        return "keys"
    if isinstance(data, list):
        return "a list"
    return "nothing" if data is None or data == "" else f'"{data}"'


def _listed(words: tuple[str, ...]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def each(value: Value) -> Iterator[tuple[str, Value]]:
    """Yield the keys and values of a mapping with free keys. Raises HistoryError for anything else."""
    if not isinstance(value.data, dict):
        raise value.error(f"expected names with values, not {_kind(value.plain())}", "write {NAME: …}")
    yield from value.data.items()
