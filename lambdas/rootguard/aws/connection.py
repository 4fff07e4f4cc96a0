"""Clients of AWS services, made when they are first used.

Each costs time to make, and most invocations need few of them. The guard asks two tables at once, from two
threads. botocore makes clients safely in one thread only ("Multithreading or multiprocessing with clients",
Boto3 guide), so one lock is held while any of them is made. A client itself may be shared.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, Final, Generic, TypeVar

import boto3
from botocore.config import Config

_MAKING: Final = Lock()
_Client = TypeVar("_Client")


def client(service: str, config: Config) -> Any:
    """Return a new client of a service."""
    return boto3.client(service, config=config)  # type: ignore[call-overload]


class Connection(Generic[_Client]):
    """A client that is made at the first call, once, whichever thread comes first.

    Args:
        connect: makes the client.
    """

    def __init__(self, connect: Callable[[], _Client]) -> None:
        self._connect = connect
        self._client: _Client | None = None

    def __call__(self) -> _Client:
        """Return the client."""
        with _MAKING:
            if self._client is None:
                self._client = self._connect()
            return self._client
