"""The command as a test runs it: in this process, or as one of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app

REPOSITORY = Path(__file__).parents[2]

Rootguard = Callable[..., Result]
Written = Callable[..., str]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An own current folder with the guardrail.yaml that ships, and no AWS to reach by mistake."""
    shutil.copy(REPOSITORY / "guardrail.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    return tmp_path


@pytest.fixture
def rootguard() -> Rootguard:
    """Run the command here; the result has exit_code, stdout and stderr."""

    def run(*arguments: object, stdin: str | bytes | None = None) -> Result:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)
        # Anything but an exit would have been a traceback.
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    return run


@pytest.fixture
def written(folder: Path) -> Written:
    """Write JSON, text or bytes to a file of that name here, and return the name."""

    def write(name: str, content: Any) -> str:
        if isinstance(content, bytes):
            (folder / name).write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            (folder / name).write_text(text, "utf-8")
        return name

    return write


@pytest.fixture
def explained(rootguard: Rootguard, written: Written) -> Any:
    """Explain a record with facts, and return the JSON document with the exit code in it."""

    def explain(record: Any, facts: Any, *more: str) -> dict[str, Any]:
        written("event.json", record)
        written("facts.json", facts)
        result = rootguard("explain", "event.json", "--facts", "facts.json", "--json", *more)
        assert result.stderr == ""
        return {**json.loads(result.stdout), "exit_code": result.exit_code}

    return explain


def process(*arguments: str, first: str = "", **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the command as a process, its output buffered; `first` is Python that runs before it."""
    code = f"{first}\nfrom cli.main import main\nmain()"
    env = {**options.pop("env", os.environ)}
    env.pop("PYTHONUNBUFFERED", None)
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 30, "env": env} | options
    return subprocess.run([sys.executable, "-c", code, *arguments], text=True, check=False, **options)
