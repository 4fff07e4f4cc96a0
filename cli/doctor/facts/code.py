"""What is deployed against what is here: guardrail.json and the modules of the guard, from its own code.

Lambda gives a link to the function's archive that holds for ten minutes ("GetFunction", AWS Lambda API
Reference), so what is compared is what runs. It sees what decides: not roles, alarms or queues, which
`make diff` compares.
"""

from __future__ import annotations

import io
import json
import urllib.request
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final

from cli.doctor.probe import Probe, RefusedError
from stacks.names import FUNCTION_OUTPUT, QUEUE_OUTPUT, STACK

_LAMBDAS: Final = Path(__file__).parents[3] / "lambdas"
_CONFIG: Final = "guardrail.json"
_SECONDS: Final = 30
_MOST: Final = 250 * 1024 * 1024
"""No function's code is larger ("Lambda quotas", AWS Lambda Developer Guide)."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """What the deployed guard decides by, and what a deployment would bring.

    Attributes:
        here: what guardrail.yaml becomes: the keys of guardrail.json, `sweep`, and `pages.…` of each channel.
        there: the same, as it is deployed.
        modules: the deployed modules of the guard that differ from those of this checkout.
    """

    here: Mapping[str, Any]
    there: Mapping[str, Any]
    modules: tuple[str, ...]


def deployed(probe: Probe) -> Deployed:
    """Read the deployed guardrail.json, the sweeps' pace, the channels, and the guard's modules."""
    files = _guards_files(probe)
    minutes = probe.config.sweep.every_minutes
    pace = f"rate({minutes} {'minute' if minutes == 1 else 'minutes'})"
    deployed_pace = probe.ask("scheduler", "GetSchedule", Name=f"{STACK}-Sweeps")["ScheduleExpression"]
    here = {**probe.config.render(), "sweep": pace}
    there = {**_object(files.get(_CONFIG, b"")), "sweep": deployed_pace}
    pages = probe.config.pages
    for channel, asked in {"Slack": pages.slack, "PagerDuty": pages.pagerduty}.items():
        key = f"pages.{channel.lower()}"
        here[key], there[key] = asked is not None, f"{channel}{QUEUE_OUTPUT}" in probe.outputs
    modules = sorted(name for name in files if name.endswith(".py"))
    changed = tuple(name for name in modules if not _is_same(_LAMBDAS / name, files[name]))
    return Deployed(here, there, changed)


def _object(text: bytes) -> Mapping[str, Any]:
    """Return a JSON object; an empty one for what is none, since someone else may have changed the code."""
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    return document if isinstance(document, Mapping) else {}


def _is_same(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _guards_files(probe: Probe) -> Mapping[str, bytes]:
    """Return guardrail.json and the modules of the deployed guard, by their paths in its archive."""
    name = probe.outputs.get(FUNCTION_OUTPUT, "")
    location = probe.ask("lambda", "GetFunction", FunctionName=name)["Code"]["Location"]
    try:
        # Lambda's own link: https on AWS, the local AWS's own address in a drill.
        with urllib.request.urlopen(location, timeout=_SECONDS) as answer:  # noqa: S310
            archive = zipfile.ZipFile(io.BytesIO(answer.read(_MOST)))
        wanted = [each for each in archive.namelist() if each == _CONFIG or each.startswith("rootguard/")]
        return {each: archive.read(each) for each in wanted}
    except (OSError, HTTPException, zipfile.BadZipFile) as error:
        why = f"the code of {name} could not be fetched: {error}"
        raise RefusedError("lambda:GetFunction", type(error).__name__, why) from error
