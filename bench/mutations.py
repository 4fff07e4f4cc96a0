"""Small faults to plant into a module, one at a time: each a place in its text, and what to put there.

A comparison that is swapped, a condition turned around, a number that is one off, a flag flipped, `and` for
`or`, an error that is not raised, None returned, a call left out. A test that notices none of these at a
place does not hold what that place says.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SWAPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_UNTOUCHED = {"annotation", "returns", "decorator_list", "bases"}
"""Parts of a node that say nothing of what runs, or only what kind of thing it is."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault.

    Attributes:
        path: the module, from the root of the tree.
        line: where it is, from 1.
        before, after: the text there, each on one line.
        start, end: which bytes of the module's text are replaced.
    """

    path: str
    line: int
    before: str
    after: str
    start: int
    end: int

    def planted(self, text: bytes) -> bytes:
        """Return the module's text with the fault."""
        return text[: self.start] + self.after.encode() + text[self.end :]


def mutants_of(tree: Path, path: Path) -> Iterator[Mutant]:
    """Yield every fault that can be planted into a module of a tree, in the order of its text."""
    text = path.read_bytes()
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node, after in _faults(ast.parse(text)):
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        before = " ".join(text[start:end].decode().split())
        yield Mutant(str(path.relative_to(tree)), node.lineno, before, after, start, end)


def _faults(node: ast.AST) -> Iterator[tuple[Any, str]]:
    """Yield nodes below a node, and the text that takes the place of each."""
    for name, value in ast.iter_fields(node):
        if name in _UNTOUCHED or isinstance(node, ast.JoinedStr):
            continue  # Python 3.11 does not know where the parts of an f-string are.
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or _is_docstring(child) or _is_for_types(child):
                continue
            if isinstance(child, ast.stmt):
                yield from _of_statement(child)
            if isinstance(child, ast.expr):
                yield from _of_expression(child)
            yield from _faults(child)


def _of_statement(node: ast.stmt) -> Iterator[tuple[ast.AST, str]]:
    match node:
        case ast.Raise() | ast.AugAssign() | ast.Expr(value=ast.Call()):
            yield node, "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield node, "pass"
        case ast.Return(value=ast.expr() as value) if not _is_none_or_false(value):
            yield node, "return None"
        case ast.If(test=test) | ast.While(test=test) if not isinstance(test, ast.Compare):
            yield test, f"(not ({ast.unparse(test)}))"


def _of_expression(node: ast.expr) -> Iterator[tuple[ast.AST, str]]:
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            swapped = ast.Compare(left, [_SWAPPED[type(op)]()], [right])
            yield node, f"({ast.unparse(swapped)})"
        case ast.BoolOp(op=op, values=values):
            other = ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
            yield node, f"({ast.unparse(other)})"
        case ast.IfExp(test=test) if not isinstance(test, ast.Compare):
            yield test, f"(not ({ast.unparse(test)}))"
        case ast.Constant(value=bool() as flag):
            yield node, str(not flag)
        case ast.Constant(value=int() as number):
            yield node, str(number + 1)
            yield node, f"({number - 1})"
        case ast.Constant(value=float() as number):
            yield node, str(number + 1)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _is_none_or_false(node: ast.expr) -> bool:
    """Tell whether None in its place would change nothing; a flag is flipped anyway."""
    return isinstance(node, ast.Constant) and (node.value is None or node.value is False)
