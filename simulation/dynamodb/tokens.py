"""The text of an expression as tokens, and a reader that goes through them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from simulation.dynamodb.errors import DynamoDbError, invalid
from simulation.dynamodb.reserved import RESERVED

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<name>#[\w-]+|[A-Za-z_]\w*)|(?P<value>:\w+)|(?P<index>\[\d+\])|(?P<sign><>|<=|>=|[=<>(),.+-]))"
)
KEYWORDS: Final = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"})


@dataclass(frozen=True, slots=True)
class Path:
    """An attribute's place in an item: names, some as #NAME, and places in lists."""

    parts: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the expression: "name", "value", "index" or "sign"."""

    kind: str
    text: str

    @property
    def keyword(self) -> str:
        """The word in capitals if it is one of the language, else nothing."""
        return self.text.upper() if self.kind == "name" and self.text.upper() in KEYWORDS else ""


class Reader:
    """Goes through the tokens of one expression; `what` names it in errors."""

    def __init__(self, text: str, what: str) -> None:
        """Cut the text into tokens. Raises a ValidationException for what is none."""
        self._what = what
        self._tokens: list[Token] = []
        self._at = 0
        place, end = 0, len(text.rstrip())
        while place < end:
            found = _TOKEN.match(text, place)
            if found is None:
                raise self.wrong(f'Syntax error; token: "{text[place:].split(maxsplit=1)[0]}"')
            kind = str(found.lastgroup)
            self._tokens.append(Token(kind, found.group(kind)))
            place = found.end()
        if not self._tokens:
            raise self.wrong("The expression can not be empty;")

    def wrong(self, why: str) -> DynamoDbError:
        """Return the error that this expression is wrong."""
        return invalid(f"Invalid {self._what}: {why}")

    @property
    def next(self) -> Token | None:
        """The next token; None at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def after_next(self) -> Token | None:
        """Return the token behind the next one."""
        return self._tokens[self._at + 1] if self._at + 1 < len(self._tokens) else None

    def take(self) -> Token:
        """Go one token on, and return the one that was left behind."""
        token = self.next
        if token is None:
            raise self.wrong("Syntax error; the expression ends too early")
        self._at += 1
        return token

    def takes(self, sign: str) -> bool:
        """Go on over a sign or a keyword if it is next; tell whether it was."""
        token = self.next
        if token is not None and sign in ((token.text,) if token.kind == "sign" else (token.keyword,)):
            self._at += 1
            return True
        return False

    def need(self, sign: str) -> None:
        """Go on over a sign or a keyword. Raises a ValidationException if another one is next."""
        if not self.takes(sign):
            found = self.next.text if self.next else "<EOF>"
            raise self.wrong(f'Syntax error; token: "{found}", expected: "{sign}"')

    def path(self) -> Path:
        """Read an attribute's place."""
        parts: list[str | int] = [self._name()]
        while (token := self.next) is not None:
            if token.kind == "index":
                parts.append(int(self.take().text[1:-1]))
            elif self.takes("."):
                parts.append(self._name())
            else:
                break
        return Path(tuple(parts))

    def end(self) -> None:
        """Raise a ValidationException if something is left."""
        if self.next is not None:
            raise self.wrong(f'Syntax error; token: "{self.next.text}"')

    def _name(self) -> str:
        token = self.take()
        if token.kind != "name" or token.keyword:
            raise self.wrong(f'Syntax error; token: "{token.text}"')
        if token.text.upper() in RESERVED:
            raise self.wrong(f"Attribute name is a reserved keyword; reserved keyword: {token.text}")
        return token.text
