"""Faults on the wire between a deployed function and Organizations or SNS.

microburst, a proxy that speaks AWS's protocols, is in front of the local AWS as a process of
its own; the function calls there because of the SDK's own `AWS_ENDPOINT_URL_…` settings. A rule
is microburst's, for example, one `ConcurrentModificationException` on the first detach:

    {"service": "organizations", "operation": "DetachPolicy", "times": 1,
     "error": {"code": "ConcurrentModificationException", "status": 400}}

Set the status: AWS answers errors of these services with 400. Others: `latency` (milliseconds),
`timeout_ms`, `reset`, `probability`, `sequence`.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drill.local_aws import LocalAws

SERVICES = ("organizations", "sns")
_START_SECONDS = 20


class FaultsError(RuntimeError):
    """The proxy did not start."""


@dataclass(frozen=True, slots=True)
class Faults:
    """A running proxy."""

    endpoint: str

    def fired(self) -> list[dict[str, Any]]:
        """Return the faults so far, each with service, operation and action."""
        found: list[dict[str, Any]] = _get(f"{self.endpoint}/_microburst/fired")
        return found


@contextmanager
def faults(aws: LocalAws, function: str, rules: Sequence[dict[str, Any]]) -> Iterator[Faults]:
    """Let the function meet `rules` until the block ends; raises `FaultsError`."""
    config = aws.home / "faults.json"
    config.write_text(json.dumps({"rules": list(rules)}))  # JSON is YAML
    port = _free_port()
    log_path = aws.home / "faults.log"
    with log_path.open("wb") as log:
        proxy = subprocess.Popen(  # noqa: S603 - a pinned tool
            [
                *(sys.executable, "-m", "microburst"),
                # The signature is for the proxy's host, which microburst does not pass on.
                *("--upstream", f"{aws.endpoint}/_via/127.0.0.1:{port}"),
                *("--port", str(port), "--config", str(config)),
            ],
            env={"PATH": os.environ["PATH"], "HOME": str(aws.home)},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        endpoint = f"http://127.0.0.1:{port}"
        _wait(proxy, endpoint, log_path)
        with _calling(aws, function, endpoint):
            yield Faults(endpoint)
    finally:
        proxy.kill()
        proxy.wait()


@contextmanager
def _calling(aws: LocalAws, function: str, endpoint: str) -> Iterator[None]:
    """Point the function's clients at `endpoint`, as an operator would, and back at the end."""
    functions = aws.client("lambda")
    configuration = functions.get_function_configuration(FunctionName=function)
    before = configuration.get("Environment", {}).get("Variables", {})
    detour = {f"AWS_ENDPOINT_URL_{service.upper()}": endpoint for service in SERVICES}
    functions.update_function_configuration(FunctionName=function, Environment={"Variables": before | detour})
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=function, Environment={"Variables": before})


def _wait(proxy: subprocess.Popen[bytes], endpoint: str, log_path: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while proxy.poll() is None and time.monotonic() < deadline:
        try:
            _get(f"{endpoint}/_microburst/health")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
        else:
            return
    raise FaultsError(f"microburst did not start; its log:\n{log_path.read_text(errors='replace')}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - loopback
        return json.load(response)
