"""The way from a finished Organizations call to EventBridge: CloudTrail's part in the local AWS.

Emulators write API calls down but do not tell EventBridge. This relay does, and it can be told to
do it as badly as the real one may: late, twice, never, out of order (AWS promises best effort).
Reads are delivered, too; which rules get them is the emulator's to know (`emulator_functions.py`).
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from drill.records import Call, Record, envelope, read_only, record


@dataclass(frozen=True, slots=True)
class Delivery:
    """How events travel. The default is what one hopes for: at once, each once, in order."""

    delay: float = 0.0
    """Seconds from the call to the bus; on AWS 14, 17 and 39 have been seen."""
    copies: int = 1
    """How often each event arrives."""
    drop: int = 0
    """How many of the next events never arrive; -1 for all."""
    reorder: int = 1
    """Hold this many events, then let them go last first."""


@dataclass(slots=True)
class Relayed:
    """One record, and how often it has been put on the bus so far."""

    record: Record
    delivered: int = 0


class Relay:
    """Takes finished calls, keeps every record, and puts events on the bus by the `Delivery`."""

    def __init__(self, bus: Callable[[Record], None]) -> None:
        """Start the one thread that delivers, so that order holds unless told otherwise."""
        self._bus = bus
        self._delivery = Delivery()
        self._to_drop = 0
        self._records: list[Relayed] = []
        self._held: list[Relayed] = []
        self._due: list[tuple[float, int, Relayed, int]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="cloudtrail", daemon=True).start()

    def set(self, delivery: Delivery) -> None:
        """Change how the events to come travel; what was held back goes on its way now."""
        with self._changed:
            self._release()
            self._delivery = delivery
            self._to_drop = delivery.drop

    def take(self, call: Call) -> None:
        """Write the record of a call and send its event.

        Reads are not counted among the events that a number of drops or a new order is about.
        """
        relayed = Relayed(record(call))
        with self._changed:
            self._records.append(relayed)
            if read_only(call.operation):
                if self._to_drop >= 0:
                    self._send([relayed])
                return
            if self._to_drop:
                self._to_drop -= 1
                return
            self._held.append(relayed)
            if len(self._held) >= self._delivery.reorder:
                self._release()

    def records(self) -> list[Relayed]:
        """Return every record so far, in the order of the calls."""
        with self._changed:
            return list(self._records)

    def _release(self) -> None:
        self._send(reversed(self._held))
        self._held.clear()

    def _send(self, several: Iterable[Relayed]) -> None:
        due = time.monotonic() + self._delivery.delay
        for relayed in several:
            heapq.heappush(self._due, (due, next(self._order), relayed, self._delivery.copies))
        self._changed.notify()

    def _run(self) -> None:
        while True:
            relayed, copies = self._next()
            event = envelope(relayed.record, str(uuid.uuid4()))
            for _ in range(copies):
                # Counted first: whoever sees the event's effect must see it as delivered.
                relayed.delivered += 1
                self._bus(event)

    def _next(self) -> tuple[Relayed, int]:
        with self._changed:
            while not self._due or self._due[0][0] > time.monotonic():
                self._changed.wait(self._due[0][0] - time.monotonic() if self._due else None)
            _, _, relayed, copies = heapq.heappop(self._due)
            return relayed, copies
