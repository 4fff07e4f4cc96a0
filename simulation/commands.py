"""What people's commands send: the command line itself says it.

The command line is imported when it is needed: it takes a while.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
from collections.abc import Mapping
from typing import Any

from simulation.identities import REGION
from simulation.steps import Ask, Grant, Rehearse
from simulation.sts import Signer


def grant(step: Grant, policy_id: str, target_id: str) -> str | None:
    """Grant as a person does, with the command line; return what it says if it does not grant."""
    command = importlib.import_module("cli.main").app
    minutes = max(1, step.lasts // 60)
    options = {"policy": policy_id, "target": target_id, "for": f"{minutes}m", "reason": "a simulation"}
    arguments = ["exception", "grant", *(f"--{name}={value}" for name, value in options.items())]
    told = io.StringIO()
    environment = {"AWS_REGION": "us-east-1", "TERM": "dumb"}
    before = {name: os.environ.get(name) for name in environment}
    os.environ.update(environment)
    try:
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
            code = command(arguments, standalone_mode=False)
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
    return told.getvalue().strip() if code else None


def asked(ask: Ask, ids: Mapping[str, str], signer: Signer) -> dict[str, Any]:
    """Return what the command sends once the person has said yes, with their proof."""
    command = importlib.import_module("cli.isolation.function")
    proof = importlib.import_module("cli.isolation.signing")
    destination = ids[ask.to] if ask.to else None
    request = command.request_for(ask.verb, [ids[name] for name in ask.accounts], "a simulation", destination)
    payload: dict[str, Any] = proof.signed({**request, "dry_run": ask.dry_run}, signer.credentials, REGION)
    return payload


def rehearse(step: Rehearse) -> dict[str, Any]:
    """Return what the command sends."""
    command = importlib.import_module("cli.rehearse.run")
    sent: dict[str, Any] = command.request(anyway=step.when == "anyway")
    return sent
