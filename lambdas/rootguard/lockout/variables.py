"""Policy variables: `${aws:PrincipalAccount}` → the request's own value.

Source: "IAM policy elements: Variables and tags", IAM User Guide. One pass, as IAM makes it: what a variable
brings in is not read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from rootguard.lockout.requests import Requests

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_PARTITION = re.compile(r"\Aarn:aws-[a-z-]+:")

# `${*}` is a star and `${?}` a question mark that is no wildcard: neither occurs in an ordinary request.
_NEVER: Final = "\ufffd"
_PLAIN: Final = {"*": _NEVER, "?": _NEVER, "$": "$"}


def resolve(patterns: Iterable[str], requests: Requests) -> tuple[str, ...] | None:
    """Return the patterns as they read in these requests; None where that is not known for all alike.

    The ordinary requests are of the commercial partition, so a pattern for another one is read as if it
    were of that: partitions differ in nothing that matters to what a document denies.
    """
    resolved = []
    for pattern in patterns:
        text = _substitute(pattern, requests) if "${" in pattern else pattern
        if text is None:
            return None
        resolved.append(_PARTITION.sub("arn:aws:", text))
    return tuple(resolved)


def _substitute(pattern: str, requests: Requests) -> str | None:
    parts, rest = [], 0
    for variable in _VARIABLE.finditer(pattern):
        value = _value(variable.group(1).strip(), requests)
        if value is None:
            return None
        parts += [pattern[rest : variable.start()], value]
        rest = variable.end()
    return "".join([*parts, pattern[rest:]])


def _value(name: str, requests: Requests) -> str | None:
    if name in _PLAIN:
        return _PLAIN[name]
    key, _, default = name.partition(",")
    match list(requests.holding(key.strip().lower())):
        case [(str() as value,)]:
            return value
        case [()]:
            return default.strip().strip("'") or None
        case _:
            return None
