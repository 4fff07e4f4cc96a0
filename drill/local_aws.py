"""A local AWS for drills and end-to-end tests: started, used through boto3, stopped without a trace.

    with LocalAws.start() as aws:
        aws.client("organizations").create_organization()

IAM is enforced, SCPs bind member accounts, Organizations keeps AWS's rules, its changes reach EventBridge as
CloudTrail events, and functions run as processes of this machine's own Python, whatever runtime they name.
Everything lives in one child process (`server.py`) and one temporary folder.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config

from drill.cloudtrail import Delivery
from drill.principals import Keys, Principal, credentials

ACCOUNT = "111122223333"
REGION = "us-east-1"
_ROOT_USER = Keys("test", "test")
_STOP_SECONDS = 10
# One loopback hop: long waits mean a hang, and retries would hide what the server answered.
_CLIENT = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=60)


class LocalAwsError(RuntimeError):
    """The local AWS did not start; the message ends with the tail of its log."""


@dataclass(slots=True)
class LocalAws:
    """A running local AWS; made by `start`."""

    endpoint: str
    home: Path
    """A folder of its own, deleted at the end, for whatever belongs to this local AWS."""
    log_path: Path
    pid: int
    account: str = ACCOUNT
    region: str = REGION
    root_user: Keys = _ROOT_USER
    _sessions: dict[Principal | None, boto3.Session] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def start(cls) -> Iterator[LocalAws]:
        """Start one, and stop it with all it started, whatever happens in between."""
        home = Path(tempfile.mkdtemp(prefix="rootguard-local-aws-"))
        log_path = home / "local-aws.log"
        try:
            with log_path.open("wb") as log:
                # Its own process group: Ctrl-C reaches only us, and the group is ours to end.
                server = subprocess.Popen(
                    [sys.executable, "-m", "drill.server"],
                    cwd=home,
                    env=_environment(home),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    start_new_session=True,
                )
            try:
                port = _port(server, log_path)
                yield cls(f"http://127.0.0.1:{port}", home, log_path, server.pid)
            finally:
                _stop(server)
        finally:
            shutil.rmtree(home, ignore_errors=True)

    def seen_from(self, account: str) -> LocalAws:
        """Return the same local AWS as another account has it, with IAM and an EventBridge of its own.

        The emulator knows an account's root user by a key that is the account's id.
        """
        return replace(self, account=account, root_user=Keys(account, _ROOT_USER.secret), _sessions={})

    def session(self, as_: Principal | None = None) -> boto3.Session:
        """Return a session that acts as a principal, by default the account's root user."""
        if as_ not in self._sessions:
            keys = credentials(as_, self.client) if as_ else self.root_user
            self._sessions[as_] = boto3.Session(keys.id, keys.secret, keys.token, self.region)
        return self._sessions[as_]

    def client(self, service: str, *, as_: Principal | None = None) -> Any:
        """Return a boto3 client of the local AWS."""
        # The overloads of boto3-stubs take literal names only.
        make: Any = self.session(as_).client
        client = make(service, endpoint_url=self.endpoint, config=_CLIENT)
        if as_:
            headers = as_.headers()

            def tell(request: AWSPreparedRequest, **_: object) -> None:
                for name, value in headers.items():
                    request.headers[name] = value

            client.meta.events.register("before-send", tell)
        return client

    def journal(self) -> list[dict[str, Any]]:
        """Return the Organizations calls so far.

        Each has at (seconds since the epoch), principal_arn, role_arn (empty but for an assumed
        role), operation, params, error (the code, or None).
        """
        calls: list[dict[str, Any]] = self._control("journal")
        return calls

    def pages(self) -> list[dict[str, Any]]:
        """Return the pages sent so far: at, channel, endpoint, subject, text."""
        pages: list[dict[str, Any]] = self._control("pages")
        return pages

    def runs(self) -> list[dict[str, Any]]:
        """Return the invocations of functions so far, a retry as one of its own.

        Each has event_id (of the CloudTrail record it is about, or None) and failed (None while it runs).
        """
        runs: list[dict[str, Any]] = self._control("runs")
        return runs

    def records(self) -> list[dict[str, Any]]:
        """Return CloudTrail's records so far, each with how often it was delivered."""
        records: list[dict[str, Any]] = self._control("records")
        return records

    def deliver(self, record: dict[str, Any]) -> None:
        """Put the event of a CloudTrail record on the bus, where only Organizations' come by themselves."""
        self._control("record", record)

    def delivery(self, delivery: Delivery) -> None:
        """Change how CloudTrail events travel from now on."""
        self._control("delivery", asdict(delivery))

    def begin_anew(self) -> None:
        """Forget the organization, journal, records, pages and what tables hold; what is deployed stays."""
        self._control("begin-anew", {})

    def settings(self) -> dict[str, str]:
        """Return the environment variables that point a tool, such as the CDK CLI, at this AWS."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.root_user.id,
            "AWS_SECRET_ACCESS_KEY": self.root_user.secret,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(self.home / "no-aws-config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.home / "no-aws-credentials"),
        }

    def _control(self, what: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.endpoint}/_rootguard/{what}", data=data)  # noqa: S310
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - loopback
            return json.load(response)


def _environment(home: Path) -> dict[str, str]:
    """Return all that the server may know of this machine; functions inherit it."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "ROOTGUARD_LOCAL_AWS_HOME": str(home),
        "AUTH": "true",
        "LAMBDA_EXECUTOR": "local",
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # On AWS a minute, then two; the order of things is the same.
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.2",
    }


def _port(server: subprocess.Popen[bytes], log_path: Path) -> int:
    """Wait until the server says where it listens."""
    assert server.stdout  # noqa: S101 - asked for above
    line = server.stdout.readline()
    if not line:
        tail = "\n".join(log_path.read_text(errors="replace").splitlines()[-15:])
        raise LocalAwsError(f"the local AWS did not start (exit code {server.wait()}); its log ends:\n{tail}")
    return int(json.loads(line)["port"])


def _stop(server: subprocess.Popen[bytes]) -> None:
    """Ask the server to end by closing its input, then end what is left of its group."""
    assert server.stdin  # noqa: S101 - asked for above
    assert server.stdout  # noqa: S101 - asked for above
    server.stdin.close()
    try:
        server.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    finally:
        with suppress(ProcessLookupError):  # the usual case: nobody is left
            os.killpg(server.pid, signal.SIGKILL)
        server.stdout.close()
