"""`rootguard drill`: rehearse an incident on a local AWS, and show how it went.

The rehearsal itself is the package `drill`; here it is started, watched and shown.
"""

from __future__ import annotations

from contextlib import ExitStack

from cli import output
from cli.exits import ExitCode, TroubleError
from cli.progress import steps


def run(scenario: str, *, as_json: bool) -> ExitCode:
    """Rehearse, print, and return the exit code. Raises TroubleError where the drill could not run."""
    from drill.run import DrillError, UnknownScenarioError, run_scenario  # noqa: PLC0415

    try:
        with steps(output.stderr()) as on_step:
            result = run_scenario(scenario, on_step)
    except UnknownScenarioError as error:
        raise TroubleError(ExitCode.BAD_INPUT, str(error)) from error
    except DrillError as error:
        raise TroubleError(ExitCode.AWS_REFUSED, str(error)) from error
    if as_json:
        output.write_json(result)
    else:
        from cli.drill.look import show  # noqa: PLC0415

        show(result, output.stdout())
    return ExitCode.FINE if result["passed"] is True else ExitCode.FINDING


def keep_running(scenario: str) -> ExitCode:
    """Rehearse, print, and keep the local AWS until its user ends it. Raises TroubleError."""
    from cli.drill.keep import hold, refuse_a_second  # noqa: PLC0415
    from cli.drill.look import show  # noqa: PLC0415
    from drill.run import DrillError, UnknownScenarioError, rehearsed  # noqa: PLC0415

    refuse_a_second()
    try:
        with ExitStack() as stack:
            with steps(output.stderr()) as on_step:
                result, stage = stack.enter_context(rehearsed(scenario, on_step))
            show(result, output.stdout())
            stage.schedule(is_on=True)
            home, policy = stage.aws.home, stage.made[-1]
            hold(stage.aws.settings(), home / "guardrail.yaml", stage.root, policy, output.stdout())
    except UnknownScenarioError as error:
        raise TroubleError(ExitCode.BAD_INPUT, str(error)) from error
    except DrillError as error:
        raise TroubleError(ExitCode.AWS_REFUSED, str(error)) from error
    return ExitCode.FINE if result["passed"] is True else ExitCode.FINDING


def stop_kept() -> ExitCode:
    """End the local AWS that is kept. Raises TroubleError."""
    from cli.drill.keep import stop  # noqa: PLC0415

    output.stdout().print(f"stopped, with process {stop()}")
    return ExitCode.FINE


def list_all(*, as_json: bool) -> ExitCode:
    """Print the scenarios there are."""
    from drill.scenarios import SCENARIOS  # noqa: PLC0415

    if as_json:
        output.write_json({"scenarios": {name: entry.title for name, entry in SCENARIOS.items()}})
    else:
        from cli.drill.look import show_list  # noqa: PLC0415

        show_list(SCENARIOS.values(), output.stdout())
    return ExitCode.FINE


def run_all(*, as_json: bool) -> ExitCode:
    """Rehearse all scenarios, print a line of each, and return the exit code. Raises TroubleError."""
    from drill.run import DrillError, by_guardrail, run_scenarios  # noqa: PLC0415

    try:
        with steps(output.stderr()) as on_step:
            reports = list(run_scenarios(by_guardrail(), on_step))
    except DrillError as error:
        raise TroubleError(ExitCode.AWS_REFUSED, str(error)) from error
    if as_json:
        output.write_json({"passed": all(report["passed"] for report in reports), "scenarios": reports})
    else:
        from cli.drill.look import show_all  # noqa: PLC0415

        show_all(reports, output.stdout())
    return ExitCode.FINE if all(report["passed"] for report in reports) else ExitCode.FINDING
