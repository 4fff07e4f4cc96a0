"""JSON data as the text of an attribute: plain while it is small, compressed if it is not.

A DynamoDB item holds 400 kB at most ("Quotas", Amazon DynamoDB Developer Guide). An incident can hold the
same policy several times, and a policy can be attached to thousands of targets.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from typing import Any, Final

_PLAIN: Final = 4_096
"""People can read what is shorter."""
_MARK: Final = "zlib:"
"""No JSON text begins so."""
_MOST: Final = 50_000_000
"""What unpacks to more was not written by Rootguard."""


def packed(data: Any) -> str:
    """Return JSON data as text."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    if len(text) <= _PLAIN:
        return text
    return _MARK + b64encode(zlib.compress(text.encode("ascii"))).decode("ascii")


def unpacked(text: str) -> Any:
    """Return the data of a text. Raises ValueError for a text that `packed` did not write."""
    if not text.startswith(_MARK):
        return json.loads(text)
    unpacking = zlib.decompressobj()
    try:
        plain = unpacking.decompress(b64decode(text.removeprefix(_MARK), validate=True), _MOST)
    except zlib.error as error:
        raise ValueError(f"not compressed data: {error}") from error
    if not unpacking.eof:
        raise ValueError("compressed data without an end")
    return json.loads(plain)
