"""`rootguard rehearse`: invoke the function, wait for its answer, and say how it went."""

from __future__ import annotations

from typing import Final

from rich.text import Text

from cli import output
from cli.aws import Aws
from cli.exits import ExitCode, TroubleError
from cli.functions import DeployedFunction
from cli.output import printable
from cli.progress import steps
from rootguard.rehearsal.record import Outcome, Record
from stacks.names import REHEARSAL_OUTPUT, STACK

_MAY: Final = "Use a role of the management account that allows lambda:InvokeFunction on it"
_ADVICE: Final = "If the SCP is still attached, the guard detaches it. The function's log says more."
_STYLES: Final = {Outcome.SUCCEEDED: "bold green", Outcome.FAILED: "bold red"}
_NEXT: Final = {
    Outcome.FAILED: "Run `rootguard doctor`: until this is fixed, nobody knows whether a lockout is undone.",
    Outcome.INTERRUPTED: "Run `rootguard rehearse` again.",
}


def run(*, anyway: bool, as_json: bool) -> ExitCode:
    """Rehearse, print, and return the exit code. Raises TroubleError."""
    record = _rehearsed(Aws(), anyway=anyway)
    if as_json:
        output.write_json(record.as_json() | {"seconds": record.seconds})
    else:
        console, style = output.stdout(), _STYLES.get(record.outcome, "bold yellow")
        console.print(Text.assemble((record.outcome.value, style), "  ", printable(_said(record))))
        if advice := _NEXT.get(record.outcome):
            console.print(advice)
    return ExitCode.FINE if record.outcome is Outcome.SUCCEEDED else ExitCode.FINDING


def request(*, anyway: bool) -> dict[str, bool]:
    """Return what the command sends to the function."""
    return {"scheduled": False, "anyway": anyway}


def _rehearsed(aws: Aws, *, anyway: bool) -> Record:
    outputs = aws.deployed()
    if REHEARSAL_OUTPUT not in outputs:
        raise TroubleError(
            ExitCode.AWS_REFUSED,
            f"The stack {STACK} has no rehearsal.\n"
            "Write `rehearsal:` into guardrail.yaml, and deploy it with `make deploy`.",
        )
    function = DeployedFunction(aws, outputs[REHEARSAL_OUTPUT], fix=_MAY, advice=_ADVICE)
    with steps(output.stderr()) as step:
        step("Attaching the harmless SCP, and waiting until the guard has detached it")
        said = function.invoke(request(anyway=anyway))
        if "refused" in said:
            raise TroubleError(ExitCode.BAD_INPUT, str(said["refused"]))
        return Record.from_json(said)


def _said(record: Record) -> str:
    if record.seconds is None or record.why:
        return record.why
    return f"The guard detached the SCP after {record.seconds:.0f} s."
