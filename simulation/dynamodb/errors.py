"""What DynamoDB refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class DynamoDbError(Exception):
    """An error of DynamoDB: its code and message, and more fields of the answer if it has some."""

    def __init__(self, code: str, message: str, more: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.more = code, message, dict(more or {})


def invalid(message: str) -> DynamoDbError:
    """Return a ValidationException."""
    return DynamoDbError("ValidationException", message)


def condition_failed(item: Mapping[str, Any] | None = None) -> DynamoDbError:
    """Return a ConditionalCheckFailedException, with the item that is there if the caller asked for it."""
    more = {"Item": item} if item else None
    return DynamoDbError("ConditionalCheckFailedException", "The conditional request failed", more)
