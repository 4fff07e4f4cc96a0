"""guardrail.yaml as text: YAML to plain data that remembers the line of every value.

First step of reading the configuration. Nothing here knows what the keys mean; it refuses only
what makes the file ambiguous or unreadable: broken YAML, a repeated key (YAML parsers keep the
last one and say nothing), aliases, tags, and a file too large to be a configuration.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

import yaml

if TYPE_CHECKING:
    from pathlib import Path

FieldPath: TypeAlias = "tuple[str | int, ...]"
Plain: TypeAlias = "bool | int | Octal | str | list[Plain] | dict[str, Plain] | None"

MAX_BYTES = 256 * 1024
_MAX_DEPTH = 20
# YAML's hexadecimal and base-60 numbers stay text: whoever writes one here means text.
_WHOLE_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")
_OCTAL = re.compile(r"[-+]?0[0-9]+")


@dataclass(frozen=True, slots=True)
class Octal:
    """A number with a zero in front, which YAML counts in eights and people in tens. No field takes one."""

    text: str

    def __str__(self) -> str:
        """As it is written."""
        return self.text


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to fix in the file. `line` counts from 1; None when no line can be named."""

    file: str
    line: int | None
    field: str
    trouble: str
    fix: str

    def __str__(self) -> str:
        """Render on one line: `guardrail.yaml:7: protections[0].targets[0]: trouble; fix.`."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        where = f"{place}: {self.field}" if self.field else place
        line = f"{where}: {self.trouble}; {self.fix}."
        # What the file says is repeated, and may hold what a terminal obeys.
        return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


class ConfigError(Exception):
    """The configuration cannot be used. `errors` holds every problem found, in file order."""

    def __init__(self, errors: tuple[Problem, ...]) -> None:
        self.errors = errors
        super().__init__("\n".join(str(problem) for problem in errors))


@dataclass(frozen=True, slots=True)
class Source:
    """The file's data, and where each value of it was written."""

    file: str
    data: Plain
    lines: dict[FieldPath, int]
    texts: dict[FieldPath, str]

    def problem(self, path: FieldPath, trouble: str, fix: str) -> Problem:
        """A problem at `path`, on its line, or on the nearest enclosing one for a missing key."""
        known = next((path[:depth] for depth in range(len(path), -1, -1) if path[:depth] in self.lines), ())
        return Problem(self.file, self.lines.get(known, 1), dotted(path), trouble, fix)


def dotted(path: FieldPath) -> str:
    """Write a path as a person would: `protections[0].targets[1]`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def read(path: Path, content: bytes | None = None) -> tuple[Source, list[Problem]]:
    """Read a YAML file into data with lines; the problems are keys written twice.

    Args:
        path: the file, or what to call it if its content is given.
        content: what is in it, if that was read already.

    Raises:
        ConfigError: the file cannot be read as one YAML document, so there is no data to judge.
    """
    text = _text(path, content)
    try:
        node = _Loader(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" (column {mark.column + 1})" if mark else ""
        raise _unreadable(
            path,
            f"not usable YAML: {error.problem or error.context}{place}",
            error.note or "fix the syntax here or on the line above",
            line=mark.line + 1 if mark else None,
        ) from error
    except yaml.reader.ReaderError as error:
        raise _unreadable(
            path,
            f"not usable YAML: U+{ord(text[error.position]):04X} is unprintable",
            "remove the character",
            line=text.count("\n", 0, error.position) + 1,
        ) from error
    if node is None:
        raise _unreadable(
            path,
            "the file is empty",
            "it needs at least `protections:` with one entry, as in docs/configuration.md",
            line=1,
        )
    walk = _Walk(str(path))
    data = walk.value(node, ())
    return Source(str(path), data, walk.lines, walk.texts), walk.problems


def _text(path: Path, content: bytes | None) -> str:
    try:
        content = path.read_bytes() if content is None else content
    except OSError as error:
        reason = error.strerror or str(error)
        raise _unreadable(
            path,
            f"cannot be read: {reason}",
            "name an existing file, or copy guardrail.yaml from the repository",
        ) from error
    if len(content) > MAX_BYTES:
        raise _unreadable(
            path,
            f"is {len(content)} bytes long",
            f"a configuration is at most {MAX_BYTES} bytes",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _unreadable(path, "is not UTF-8 text", "save it as UTF-8", line=line) from error


def _unreadable(path: Path, trouble: str, fix: str, line: int | None = None) -> ConfigError:
    return ConfigError((Problem(str(path), line, "", trouble, fix),))


def _refused(event: yaml.Event, trouble: str, fix: str) -> yaml.MarkedYAMLError:
    mark = cast("yaml.error.Mark", event.start_mark)
    return yaml.MarkedYAMLError(problem=trouble, problem_mark=mark, note=fix)


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, bounded: no aliases to expand, no nesting to run out of stack on.

    Nor tags, which say what a value is meant to be against what it looks like.
    """

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise _refused(event, f"*{event.anchor} is an alias", "write the value out")
        if tag := getattr(event, "tag", None):
            written = tag.replace("tag:yaml.org,2002:", "!!")
            raise _refused(
                event, f"{written} is a tag", "write the value alone, in quotes where text is meant"
            )
        if isinstance(event, yaml.ScalarEvent) and _HALF_A_CHARACTER.search(event.value):
            raise _refused(event, "half a character stands here", "write the character itself")
        if self.depth > _MAX_DEPTH:
            raise _refused(event, "nested too deeply", "remove the brackets or the indentation")
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


class _Walk:
    """One pass over the node tree: values out, lines, texts and repeated keys noted on the way."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[FieldPath, int] = {}
        self.texts: dict[FieldPath, str] = {}
        self.problems: list[Problem] = []

    def value(self, node: yaml.Node, path: FieldPath) -> Plain:
        # A mapping's value stands on its key's line, already noted: that is where people look.
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        self.texts[path] = node.value
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: FieldPath) -> Plain:
        mapping: dict[str, Plain] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            # The text as written: YAML 1.1 would make `on` and `no` booleans, and 7 a number.
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else "?"
            here = (*path, key)
            if key in mapping:
                trouble = f'"{key}" is already written on line {self.lines[here]}'
                problem = Problem(
                    self.file, line, dotted(here), trouble, "keep one of the two: the last would win"
                )
                self.problems.append(problem)
                continue
            self.lines[here] = line
            mapping[key] = self.value(value_node, here)
        return mapping


def _scalar(node: yaml.Node) -> Plain:
    kind = node.tag.removeprefix("tag:yaml.org,2002:")
    text: str = node.value
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() in {"true", "yes", "on"}
    if kind == "int" and _WHOLE_NUMBER.fullmatch(text):
        return int(text)
    if kind == "int" and _OCTAL.fullmatch(text):
        return Octal(text)
    return text
