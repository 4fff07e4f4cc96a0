"""Which policies together lock everyone out, as far as the histories of seeds go.

The histories use a few kinds of documents. This judges them without the guard's own evaluator, so that the
two can disagree.
"""

from __future__ import annotations

import json
import string
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

EVERYTHING: Final = frozenset(string.ascii_lowercase)
"""A set of actions is the set of the first letters of the services that it holds whole."""
ALLOW_ALL: Final = '{"Statement": [{"Effect": "Allow", "Action": "*"}]}'


def locks_out(contents: Iterable[str]) -> bool:
    """Tell whether policies on one target leave nothing allowed. They are all the SCPs there."""
    documents = [_effects(content) for content in contents]
    allowed = frozenset().union(*(allowed for allowed, _ in documents))
    denied = frozenset().union(*(denied for _, denied in documents))
    return allowed <= denied


@lru_cache(maxsize=4096)
def same(content: str) -> str:
    """Return a content in the one form by which contents are compared."""
    try:
        return json.dumps(json.loads(content), sort_keys=True)
    except ValueError:
        return content


@lru_cache(maxsize=4096)
def _effects(content: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return what a document allows, and what it denies whatever the circumstances."""
    document = json.loads(content)
    statements = document["Statement"]
    allowed, denied = frozenset[str](), frozenset[str]()
    for statement in statements if isinstance(statements, list) else [statements]:
        letters = _letters(statement)
        if statement["Effect"] == "Allow":
            allowed |= letters
        elif "Condition" not in statement:
            denied |= letters
    return allowed, denied


def _letters(statement: Mapping[str, Any]) -> frozenset[str]:
    if "NotAction" in statement:
        return EVERYTHING - _whole(statement["NotAction"])
    return _whole(statement["Action"])


def _whole(actions: str | list[str]) -> frozenset[str]:
    listed = [actions] if isinstance(actions, str) else actions
    if any(action in ("*", "*:*") for action in listed):
        return EVERYTHING
    return frozenset(action[0] for action in listed if len(action) == len("a*") and action.endswith("*"))
