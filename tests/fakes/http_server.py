"""An HTTP server on this machine that answers as it is told: with any status, or never, or by breaking off.

It keeps every request. So a sender meets real sockets, and the answers that Slack and PagerDuty are known
to give.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """One answer."""

    status: int = 200
    body: str = "ok"
    headers: Mapping[str, str] = field(default_factory=dict)


class Fault(Enum):
    """What a request meets in place of an answer: silence until the test is over, or a connection reset."""

    HANG = auto()
    RESET = auto()


@dataclass(frozen=True)
class Request:
    """One request that arrived. The names of its headers are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON data."""
        return json.loads(self.body)


class HttpServer:
    """The server's `url`, the `requests` that arrived, and what to answer next."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.requests: list[Request] = []
        self.over = threading.Event()
        self._script: list[Answer | Fault] = [Answer()]
        self._lock = threading.Lock()

    def answer(self, *script: Answer | Fault) -> None:
        """Answer the next requests so, in order; the last one stands for all that follow."""
        self._script = list(script)

    def take(self, request: Request) -> Answer | Fault:
        """Keep a request, and return what it meets."""
        with self._lock:
            self.requests.append(request)
            return self._script.pop(0) if len(self._script) > 1 else self._script[0]


@contextmanager
def serving() -> Iterator[HttpServer]:
    """A server on a free port of 127.0.0.1, until the block is left."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as listening:
        listening.told = server = HttpServer(f"http://127.0.0.1:{listening.server_port}")
        # Polled often, so that a test's end does not wait for it.
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            listening.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    def _meet(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        told: HttpServer = self.server.told
        met = told.take(Request(self.command, self.path, headers, body))
        if met is Fault.HANG:
            told.over.wait()
            self.close_connection = True
        elif met is Fault.RESET:
            # To linger for no time turns the end of a connection into a reset (socket(7), SO_LINGER).
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        else:
            content = met.body.encode()
            self.send_response(met.status)
            for name, value in ({"Content-Length": str(len(content))} | dict(met.headers)).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    do_GET = do_POST = _meet  # noqa: N815 - the names by which http.server finds them

    def log_message(self, *_: object) -> None:
        """Say nothing on stderr."""
