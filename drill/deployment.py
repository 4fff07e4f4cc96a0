"""The real stack, synthesized and deployed with the real CDK CLI onto a local AWS.

The CLI is the one that package.json pins. It gets a cache folder of its own, as it remembers which
account a key belongs to, and nothing of this machine's AWS settings. Only the bundling asks the
internet, through the machine's own pip settings: no notices, no telemetry, no look-up of versions.
Synth and bootstrap do not need each other, so they run at the same time.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from drill.local_aws import LocalAws
from stacks.names import STACK

REPOSITORY = Path(__file__).parents[1]
CLI = REPOSITORY / "node_modules" / ".bin" / "cdk"
_TAIL = 40
_BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"

Progress = Callable[[str], None]


class DeploymentError(RuntimeError):
    """The CDK CLI failed; the message ends with the tail of what it printed."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployed stack and its outputs, by their names in the stack."""

    outputs: dict[str, str]


def deploy(  # noqa: PLR0913 - what the CDK is told
    aws: LocalAws,
    config: Path | None = None,
    *,
    app: Sequence[str] = (sys.executable, str(REPOSITORY / "app.py")),
    stack: str = STACK,
    context: Mapping[str, str] | None = None,
    progress: Progress = lambda _: None,
) -> Deployment:
    """Bootstrap the account, unless that was done, synthesize the app and deploy its stack.

    `config` is the guardrail.yaml to deploy, by default the one that ships; `context` is what else the app is
    given. Every line that the CLI
    prints goes to `progress`. Raises `DeploymentError`.
    """
    if not CLI.exists():
        raise DeploymentError(f"no CDK CLI at {CLI}: run `make install` in {REPOSITORY}")
    given = {**(context or {}), **({"config": str(config.resolve())} if config else {})}
    options = [option for key, value in given.items() for option in ("-c", f"{key}={value}")]
    assembly = aws.home / f"{stack}.out"
    outputs = aws.home / f"{stack}.json"
    # The CLI is ended first, so that leaving the pool has nothing to wait for.
    with ThreadPoolExecutor() as pool, _Cdk(aws, progress) as cdk:
        account = f"aws://{aws.account}/{aws.region}"
        bootstrapped = (
            None if _is_bootstrapped(aws) else pool.submit(cdk.run, "bootstrap", account, "--app", "")
        )
        # The CLI strips quotes off a value that begins and ends with one, as two paths with spaces do.
        app_line = f"exec {shlex.join(app)}"
        cdk.run("synth", stack, "--quiet", "--app", app_line, "-o", str(assembly), *options)
        if bootstrapped:
            bootstrapped.result()
        cdk.run(
            *("deploy", stack, "--app", str(assembly), "--outputs-file", str(outputs)),
            *("--require-approval", "never", "--progress", "events"),
        )
    return Deployment(json.loads(outputs.read_text()).get(stack, {}))


def _is_bootstrapped(aws: LocalAws) -> bool:
    """Tell whether an earlier deployment has bootstrapped this account: doing it again takes as long."""
    found = aws.client("ssm").get_parameters(Names=[_BOOTSTRAP])["Parameters"]
    return bool(found)


class _Cdk:
    """Runs the CLI and ends what still runs, also when the wait for it was interrupted."""

    def __init__(self, aws: LocalAws, progress: Progress) -> None:
        self._environment = environment(aws)
        self._progress = progress
        self._running: list[subprocess.Popen[str]] = []
        self._ended = False
        self._lock = threading.Lock()

    def run(self, *arguments: str) -> None:
        with self._lock:
            if self._ended:
                raise DeploymentError(f"cdk {arguments[0]} was not started: the deployment was interrupted")
            process = subprocess.Popen(  # noqa: S603 - the pinned CLI
                [str(CLI), *arguments, "--ci", "--no-notices", "--no-color"],
                cwd=REPOSITORY,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
            self._running.append(process)
        assert process.stdout  # noqa: S101 - asked for above
        tail: deque[str] = deque(maxlen=_TAIL)
        with process.stdout as printed:
            for line in printed:
                tail.append(line.rstrip())
                self._progress(line.rstrip())
        if process.wait() != 0:
            said = "\n".join(tail)
            raise DeploymentError(f"cdk {arguments[0]} failed (exit code {process.returncode}):\n{said}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._ended = True
        for process in self._running:
            with suppress(ProcessLookupError):  # ended by itself
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def environment(aws: LocalAws) -> dict[str, str]:
    """Return this machine's environment, with the local AWS in place of every AWS setting."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "CDK_"))}
    direct = ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1")))
    return {
        **kept,
        **aws.settings(),
        "NO_PROXY": direct,
        "no_proxy": direct,
        "CDK_HOME": str(aws.home / "cdk"),
        # The CDK's own temporary folders, which stay behind if it is killed, go with the local AWS.
        "TMPDIR": str(aws.home),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "1",
        "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
    }
