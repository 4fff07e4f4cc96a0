"""The files that people hand to the command: JSON from a file or stdin, and guardrail.yaml."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from cli.exits import bad_input
from rootguard.cloudtrail.read import unwrapped
from stacks.config import ConfigError, GuardrailConfig, load

_STDIN = "-"
_MAX_BYTES = 10 * 1024 * 1024
"""EventBridge carries at most 256 KB ("Quotas", Amazon EventBridge User Guide); facts stay far below this."""

_OF_A_RECORD = frozenset({"eventName", "eventSource", "detail"})
"""One of these is in every record and in every event of EventBridge, however malformed it is."""
_TAKE = {
    "Records": "a log file of several (take one of `Records`)",
    "Events": "the answer of lookup-events (take the text of one `CloudTrailEvent`)",
    "CloudTrailEvent": "an event of lookup-events (take the text of its `CloudTrailEvent`)",
}


def read_record(name: str) -> Any:
    """Read a CloudTrail record: bare, in EventBridge's event, in a dead letter, or alone in a log file.

    Raises:
        TroubleError: it cannot be read, or is no record. What is one, but malformed, is the guard's to judge.
    """
    document = unwrapped(read_json(name))
    records = document.get("Records") if isinstance(document, Mapping) else None
    record = records[0] if isinstance(records, list) and len(records) == 1 else document
    if isinstance(record, Mapping) and _OF_A_RECORD & record.keys():
        return record
    found = next((_TAKE[key] for key in _TAKE if isinstance(document, Mapping) and key in document), None)
    what = "one record or one EventBridge event is expected" + (f", not {found}" if found else "")
    raise bad_input(f"{_shown(name)}: no CloudTrail record: {what}.")


def read_json(name: str, *, once: bool = False) -> Any:
    """Read one JSON document from a file, or from stdin for "-". UTF-8, -16 and -32 are understood.

    Args:
        name: the file's name.
        once: refuse an object that has a key twice, of which JSON readers take the last.

    Raises:
        TroubleError: it cannot be read, or is not JSON; the message names the line and column.
    """
    shown = _shown(name)
    content = _read(name, shown)
    try:
        return json.loads(content, object_pairs_hook=_with_each_key_once if once else None)
    except _TwiceError as twice:
        raise bad_input(
            f"{shown}: {json.dumps(str(twice))} is twice in one object, and only the last would count; "
            "take one out."
        ) from twice
    except json.JSONDecodeError as error:
        raise bad_input(
            f"{shown}:{error.lineno}:{error.colno}: not JSON: {error.msg}; fix it at this line and column."
        ) from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise bad_input(f"{shown}:{line}: not UTF-8 text; save it as UTF-8.") from error
    except (ValueError, RecursionError) as error:
        # A number of thousands of digits, or brackets thousands deep.
        raise bad_input(f"{shown}: not JSON that can be read: {error}.") from error


def read_config(path: Path) -> GuardrailConfig:
    """Read guardrail.yaml. Raises TroubleError with every problem of the file, a line each."""
    try:
        return load(path)
    except ConfigError as error:
        raise bad_input(str(error)) from error


class _TwiceError(Exception):
    """A key that an object has twice."""


def _with_each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _TwiceError(next(key for key in keys if keys.count(key) > 1))
    return found


def _shown(name: str) -> str:
    return "stdin" if name == _STDIN else name


def _read(name: str, shown: str) -> bytes:
    try:
        if name == _STDIN:
            content = _at_most(sys.stdin.buffer)
        else:
            with Path(name).open("rb") as file:
                content = _at_most(file)
    except OSError as error:
        raise bad_input(
            f"{shown}: cannot be read: {error.strerror}; name a JSON file, or - for stdin."
        ) from error
    if len(content) > _MAX_BYTES:
        raise bad_input(f"{shown}: longer than {_MAX_BYTES} bytes; hand over one record, not a log.")
    return content


def _at_most(file: BinaryIO) -> bytes:
    return file.read(_MAX_BYTES + 1)
