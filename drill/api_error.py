"""The errors AWS Organizations answers with, as one exception.

The rules in `organization*.py` raise it; the wire, the CloudTrail records and the tests read its
code and reason.

Wording: the API reference of AWS Organizations, and messages seen in public bug reports.
"""

from __future__ import annotations


class ApiError(Exception):
    """An error of the Organizations API: `code` is the exception's name, `reason` its sub-code."""

    def __init__(self, code: str, message: str, reason: str | None = None) -> None:
        """Keep the three parts; `str()` reads as botocore prints it."""
        super().__init__(f"{code}: {message}" + (f" ({reason})" if reason else ""))
        self.code = code
        self.message = message
        self.reason = reason


def invalid_input(reason: str, message: str) -> ApiError:
    """Return an InvalidInputException with one of the documented reasons."""
    return ApiError("InvalidInputException", message, reason)


def constraint(reason: str, message: str) -> ApiError:
    """Return a ConstraintViolationException with one of the documented reasons."""
    return ApiError("ConstraintViolationException", message, reason)
