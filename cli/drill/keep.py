"""A drill's local AWS, kept until its user ends it, so that a newcomer can try the other verbs on it."""

from __future__ import annotations

import json
import os
import shlex
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from cli.exits import ExitCode, TroubleError
from cli.output import printable

_KEPT: Final = Path(__file__).parents[2] / ".drill" / "kept.json"
"""Which process keeps one, for `--stop`."""
_SECONDS: Final = 30.0
_TRY: Final = (
    ("rootguard status -c {config}", "is it alive, what is open, who is paged?"),
    ("rootguard plan", "what the next sweep would find and do"),
    ("rootguard incident list", "what has happened so far"),
    ("rootguard incident report i-…", "the draft of a post-mortem"),
    (
        "rootguard exception grant --policy {policy} --target {root} --for 1h --reason test",
        "let one change through",
    ),
)


def refuse_a_second() -> None:
    """Raise TroubleError if one is kept already."""
    if pid := _keeper():
        raise TroubleError(
            ExitCode.BAD_INPUT, f"a local AWS is kept already, by process {pid}; rootguard drill --stop"
        )


def hold(settings: Mapping[str, str], config: Path, root: str, policy: str, console: Console) -> None:
    """Say how to use the local AWS, and return once its user ends it: by Ctrl-C, or by `--stop`."""
    _KEPT.parent.mkdir(exist_ok=True)
    _KEPT.write_text(json.dumps({"pid": os.getpid()}), "utf-8")
    try:
        show(settings, config, root, policy, console)
        while True:
            signal.pause()
    except KeyboardInterrupt:
        console.print("Stopping it …")
    finally:
        _KEPT.unlink(missing_ok=True)


def show(settings: Mapping[str, str], config: Path, root: str, policy: str, console: Console) -> None:
    """Print the environment to paste, and what to try. Lines that are pasted are not wrapped."""
    console.print("\nThe local AWS runs on. Paste this into another terminal, in this folder:\n")
    for name, value in settings.items():
        console.print(printable(f"  export {name}={shlex.quote(value)}"), soft_wrap=True)
    console.print('  export PATH="$PWD/.venv/bin:$PATH"\n', soft_wrap=True)
    console.print("Then try:\n")
    for command, why in _TRY:
        console.print(Text(f"  # {why}", style="dim"))
        line = command.format(config=shlex.quote(str(config)), root=root, policy=policy)
        console.print(Text(f"  {line}", style="bold"), soft_wrap=True)
    console.print("\nCtrl-C ends it, and so does: rootguard drill --stop")


def stop() -> int:
    """End the one that is kept; return the process that kept it. Raises TroubleError."""
    pid = _keeper()
    if pid is None:
        raise TroubleError(ExitCode.BAD_INPUT, "no local AWS is kept; start one: rootguard drill --keep")
    os.kill(pid, signal.SIGTERM)
    stop_at = time.monotonic() + _SECONDS
    while _is_alive(pid):
        if time.monotonic() > stop_at:
            raise TroubleError(
                ExitCode.FINDING, f"process {pid} does not end within {_SECONDS:.0f} s; kill -9 {pid}"
            )
        time.sleep(0.1)
    return pid


def _keeper() -> int | None:
    """Return the process that keeps one. What a killed process has left behind does not count."""
    try:
        pid = int(json.loads(_KEPT.read_text("utf-8"))["pid"])
    except (FileNotFoundError, ValueError, KeyError):
        return None
    return pid if _is_alive(pid) else None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
