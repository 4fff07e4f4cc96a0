"""`rootguard isolation report`: what is on record of isolated and released accounts, drafted for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli.aws import Aws
from cli.exits import ExitCode, TroubleError
from cli.isolation import sample
from cli.isolation.function import Isolator, request_for
from cli.isolation.report.draft import drafted
from cli.isolation.report.facts import read
from cli.isolation.report.look import markdown
from cli.report import write
from cli.zones import zone_of
from rootguard.aws.isolations import KEPT


def run(accounts: Sequence[str], out: Path | None, zone: str | None, *, as_json: bool) -> ExitCode:
    """Draft it, write it, and return the exit code. Raises TroubleError.

    Args:
        accounts: the ids; none stands for all that are isolated, and "sample" for made-up ones.
        out: where to; None is stdout.
        zone: the IANA name of the zone for times beside UTC; None is this machine's.
        as_json: print one JSON document.
    """
    local = zone_of(zone)
    is_sample = list(accounts) == [sample.SAMPLE]
    answer = sample.answer() if is_sample else _asked(accounts)
    now = sample.WRITTEN_AT if is_sample else datetime.now(UTC)
    text = markdown(drafted(answer, now, local))
    document = {"accounts": [account["id"] for account in answer["accounts"]], "format": "md"}
    write(text, out, document if as_json else None)
    return ExitCode.FINE


def _asked(accounts: Sequence[str]) -> dict[str, Any]:
    """Return what is on record of the accounts. Raises TroubleError if that is nothing of one of them."""
    request = request_for("list", accounts)
    answer = Isolator(Aws()).ask(request)
    if not answer["accounts"]:
        raise TroubleError(
            ExitCode.FINDING,
            "No account is isolated. Name those that were: rootguard isolation report ACCOUNT …",
        )
    nothing = [account["id"] for account in answer["accounts"] if not read(account).is_known]
    if nothing:
        raise TroubleError(
            ExitCode.FINDING,
            f"No isolation of {', '.join(nothing)} is on record, so nothing was written.\n"
            f"The ledger keeps the last one of each account, for {KEPT.days} days after its release.",
        )
    return answer
