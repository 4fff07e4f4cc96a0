"""A history's guardrail: guardrail.yaml as it ships, with the history's keys in place and ids for its names.

It is checked and rendered exactly as at synth, so that the functions read what they would read on AWS.
"""

from __future__ import annotations

import json
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from simulation import founding
from simulation.identities import policy_id, principal_arn, target_id
from simulation.reading_names import Names
from simulation.steps import History
from stacks import config as stacks_config
from stacks.config import ConfigError, GuardrailConfig

SHIPPED: Final = Path(stacks_config.__file__).parents[1] / "guardrail.yaml"


class GuardrailError(ValueError):
    """A guardrail that synth would refuse, or a name in it that the history does not have."""


def config(history: History, names: Names | None = None) -> GuardrailConfig:
    """Return the guardrail, checked. Raises GuardrailError."""
    names = names or Names.of_steps(founding.founded(history), history.steps)
    given = {**history.guardrail, "protections": _protections(history.guardrail, names)}
    if given["protections"] is None:
        del given["protections"]
    if isinstance(given.get("trusted_principals"), list):
        given["trusted_principals"] = [principal_arn(str(name)) for name in given["trusted_principals"]]
    for key in founding.units(given):
        if key in given:
            given[key] = founding.with_root(given[key])
    if history.sweep.every % 60 == 0:
        given.setdefault("sweep", {"every_minutes": history.sweep.every // 60})
    try:
        text = json.dumps(given)
    except TypeError as error:
        raise GuardrailError(f"not data that YAML can hold: {error}") from error
    return _checked(text)


def _protections(guardrail: Any, names: Names) -> list[Any] | None:
    listed = guardrail.get("protections")
    if listed is None:
        return None
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise GuardrailError("protections: expected a list of protections")
    return [_with_ids(entry, names) for entry in listed]


def _with_ids(protection: dict[str, Any], names: Names) -> dict[str, Any]:
    found = dict(protection)
    for key in ("targets", "pin_accounts"):
        if isinstance(found.get(key), list):
            found[key] = [_target(key, name, names) for name in found[key]]
    if isinstance(found.get("allow"), list):
        found["allow"] = [_policy(name, names) for name in found["allow"]]
    if isinstance(found.get("trusted_principals"), list):
        found["trusted_principals"] = [principal_arn(str(name)) for name in found["trusted_principals"]]
    return found


def _target(key: str, name: object, names: Names) -> str:
    if name == "root":
        return "root"
    if name not in names.units | names.accounts:
        raise GuardrailError(f'{key}: unknown target "{name}"')
    return target_id(str(name), names.units)


def _policy(name: object, names: Names) -> str:
    if name not in names.policies:
        raise GuardrailError(f'allow: unknown policy "{name}"')
    return policy_id(str(name))


@lru_cache(maxsize=1024)
def _checked(text: str) -> GuardrailConfig:
    shipped = _shipped() | json.loads(text)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "guardrail.yaml"
        path.write_text(json.dumps(shipped), "utf-8")  # JSON is YAML
        try:
            return stacks_config.load(path, "aws")
        except ConfigError as error:
            said = "; ".join(
                f"{problem.field}: {problem.trouble} ({problem.fix})" for problem in error.errors
            )
            raise GuardrailError(said) from error


@lru_cache(maxsize=1)
def _shipped() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(SHIPPED.read_text("utf-8"))
    return data
