"""`rootguard simulate --history`: carry histories out, and say which expectations are not met."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from cli import output
from cli.exits import ExitCode, TroubleError
from cli.output import printable
from cli.simulate.result import Result
from cli.simulate.timeline import timeline
from simulation.errors import SimulationError
from simulation.history import History, HistoryError, parse
from simulation.invariants import judge
from simulation.run import Outcome
from simulation.run import run as run_history

_MOST_BYTES = 1024 * 1024


def run(files: Sequence[Path], *, as_json: bool) -> ExitCode:
    """Carry out the histories, print what came of them, and return the exit code. Raises TroubleError."""
    # All are read first: a mistake in the last file shows before the first one has run.
    histories = [(file, _read(file)) for file in files]
    results = [_result(file, history) for file, history in shown(histories)]
    if as_json:
        output.write_json({"histories": [_as_json(result) for result in results]})
    else:
        from cli.simulate.histories_view import show  # noqa: PLC0415

        show(results, output.stdout())
    return ExitCode.FINE if all(result.passed for result in results) else ExitCode.FINDING


def _read(file: Path) -> History:
    try:
        with file.open("rb") as opened:
            content = opened.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise TroubleError(
                ExitCode.BAD_INPUT, f"{file}: longer than {_MOST_BYTES} bytes; name a history."
            )
        return parse(content.decode("utf-8-sig"), str(file))
    except OSError as error:
        said = f"{file}: cannot be read: {error.strerror}; name a history's YAML file."
        raise TroubleError(ExitCode.BAD_INPUT, said) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise TroubleError(ExitCode.BAD_INPUT, f"{file}:{line}: not UTF-8 text; save it as UTF-8.") from error
    except HistoryError as error:
        raise TroubleError(ExitCode.BAD_INPUT, str(error)) from error


def shown(histories: list[tuple[Path, History]]) -> Iterator[tuple[Path, History]]:
    """Yield the histories, and show on a terminal which one runs."""
    console = output.stderr()
    if not console.is_terminal:
        yield from histories
        return
    with console.status("") as status:
        for place, (file, history) in enumerate(histories, start=1):
            status.update(printable(f"{place} of {len(histories)}: {file}"))
            yield file, history


def _result(file: Path, history: History) -> Result:
    try:
        outcome = run_history(history)
    except SimulationError as error:
        return Result(file, history, (f"The simulator cannot go on: {error}.",), ())
    unmet = outcome.unmet if history.expect else _broken(history, outcome)
    return Result(file, history, unmet, timeline(outcome) if unmet else ())


def _broken(history: History, outcome: Outcome) -> tuple[str, ...]:
    """Return what must always be true and was not: that is what a history without expectations asks for."""
    findings = judge(history, outcome).findings
    return tuple(f"{f.invariant.name}, at {f.at:.0f} s: {f.what}. {f.invariant.sentence}" for f in findings)


def _as_json(result: Result) -> dict[str, Any]:
    return {"file": str(result.file), "passed": result.passed, "unmet": list(result.unmet)}
