"""A request: to isolate accounts, to release them, or to list those that are isolated.

    {"verb": "isolate" | "release" | "list", "accounts": [ID, …], "reason": TEXT, "dry_run": BOOL,
     "twice": [ID, …], "destination": null | "ou-…", "identity": {HEADER: VALUE, …}}

Who asks is proven beside it, by the headers in "identity": see `identity`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from rootguard.domain.policy import is_account_id, is_target_id

MOST: Final = 20
"""The most accounts of one request: AWS moves two in a second, and each is looked at first."""
REASON_LIMIT: Final = 500
IDENTITY: Final = "identity"
_FIELDS: Final = {"verb": str, "accounts": list, "reason": str, "dry_run": bool, "twice": list}


class Verb(StrEnum):
    """What is asked for."""

    ISOLATE = "isolate"
    RELEASE = "release"
    LIST = "list"  # of what is on record of the accounts that are named, or of all that are isolated


class RequestError(ValueError):
    """What is asked for cannot be done as it is asked. The message says why, and how to ask."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, whose form was checked."""

    verb: Verb
    accounts: tuple[str, ...]  # each once, in the order in which they were named
    reason: str
    dry_run: bool  # look and judge, and change nothing
    twice: frozenset[str]  # accounts that were named twice, since they need it
    destination: str | None  # where released accounts go, instead of where they came from


def read_request(payload: object) -> Request:
    """Return what a payload asks for. Raises RequestError."""
    if not isinstance(payload, Mapping):
        raise RequestError("The request is no JSON object: use `rootguard isolate`.")
    if unknown := set(payload) - set(_FIELDS) - {"destination", IDENTITY}:
        raise RequestError(f"The request has a field that nobody knows: {min(map(str, unknown))!r:.99}.")
    for name, kind in _FIELDS.items():
        if not isinstance(payload.get(name), kind):
            raise RequestError(f'The request\'s field "{name}" is missing, or no {kind.__name__}.')
    if payload["verb"] not in set(Verb):
        raise RequestError(f"The request's verb is {payload['verb']!r:.99}; it is isolate, release or list.")
    request = Request(
        verb=Verb(payload["verb"]),
        accounts=tuple(payload["accounts"]),
        reason=payload["reason"].strip(),
        dry_run=payload["dry_run"],
        twice=frozenset(map(str, payload["twice"])),
        destination=payload.get("destination"),
    )
    if trouble := _trouble(request):
        raise RequestError(trouble)
    return request


def digest_of(payload: Mapping[str, Any]) -> str:
    """Return the hex SHA-256 of all that is asked for, which the proof of identity has to name.

    It is that of the JSON text in ASCII, with sorted keys and without spaces, without "identity".
    """
    asked = {name: value for name, value in payload.items() if name != IDENTITY}
    return sha256(json.dumps(asked, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()


def _trouble(request: Request) -> str:
    accounts, to = request.accounts, request.destination
    if request.verb is Verb.LIST and not accounts:
        return ""  # all that are isolated
    if wrong := [each for each in accounts if not is_account_id(each)]:
        return f"{wrong[0]!r:.99} is no account's id: write its 12 digits."
    if not accounts:
        return "Name at least one account."
    if len(set(accounts)) < len(accounts):
        return "The request names an account twice: that belongs into its field twice."
    if len(accounts) > MOST:
        return f"These are {len(accounts)} accounts, and one request takes {MOST} at most: ask in parts."
    if not request.twice <= set(accounts):
        return 'The request\'s field "twice" names an account that is not among its accounts.'
    if request.verb is Verb.LIST:
        return ""  # It changes nothing, so it needs no reason.
    if not request.reason or not request.reason.isprintable() or len(request.reason) > REASON_LIMIT:
        return f"Give a reason, in one line of up to {REASON_LIMIT} characters."
    if to is not None and request.verb is not Verb.RELEASE:
        return "Only a release takes a destination."
    if to is not None and (not is_target_id(to) or is_account_id(to)):
        return f"{to!r:.99} is no OU: write its id like ou-exam-12345678, or the root's like r-exam."
    return ""
