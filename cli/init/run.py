"""`rootguard init`: read the organization, and write a guardrail.yaml to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cli import output
from cli.aws import Aws
from cli.exits import ExitCode, bad_input
from cli.init import file
from cli.init.live import look
from cli.init.look import show
from cli.init.render import rendered
from cli.progress import steps

_STDOUT: Final = "-"


def run(path: Path, *, force: bool, as_json: bool) -> ExitCode:
    """Read, write, print, and return the exit code: a lockout on Root is a finding.

    Raises:
        TroubleError: the file must not be replaced, this is no management account, or AWS refuses.
    """
    is_stdout = str(path) == _STDOUT
    if is_stdout and as_json:
        raise bad_input("--json and --output -: both write to stdout; take one of them.")
    if not is_stdout:
        file.check(path, force=force)
    with steps(output.stderr()) as begin:
        found = look(Aws(), begin)
    text = rendered(found)
    if is_stdout:
        output.write_text(text)
        show(found, None, output.stderr())
    else:
        file.write(path, text, force=force)
        if as_json:
            output.write_json({"written": str(path), **found.as_json()})
        else:
            show(found, path, output.stdout())
    return ExitCode.FINDING if found.is_locked_out else ExitCode.FINE
