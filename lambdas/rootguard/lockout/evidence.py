"""A policy's statements as people read them, those marked that decide how much it denies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rootguard.lockout.classification import classify
from rootguard.lockout.grammar import listed, parse, read, statement_name

_SHOWN: Final = 10_240
"""Characters of a text whose statements are shown: a page, which tells them too, has only so much room."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One statement as indented JSON text, and whether it decides."""

    name: str
    text: str
    decides: bool


def evidence(
    content: str | None, policy_type: str, organization_id: str | None = None
) -> tuple[Evidence, ...]:
    """Return the statements in their order; none for what is no policy document or too long. Never raises."""
    if content is None or len(content) > _SHOWN or parse(content) is None:
        return ()
    deciding = frozenset(classify(content, policy_type, organization_id).statements)
    elements = enumerate(listed(read(content).get("Statement")), start=1)
    named = ((statement_name(e, number), e) for number, e in elements if isinstance(e, Mapping))
    return tuple(
        Evidence(name, _readable(json.dumps(element, indent=2, ensure_ascii=False)), decides=name in deciding)
        for name, element in named
    )


def _readable(text: str) -> str:
    """Return JSON text as people write it; what does not print, or turns text around, stays escaped."""
    return "".join(sign if sign.isprintable() or sign == "\n" else json.dumps(sign)[1:-1] for sign in text)
