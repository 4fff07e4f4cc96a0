"""Templates that are kept on disk, so that the processes of a test run synthesize each once between them.

A template is kept by all that decides it: the code of the stack and of the functions, the CDK, and what it is
asked for. So a change of any of them synthesizes anew, and throws the templates of the old code away.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / ".pytest_cache" / "templates"
SOURCES = ("stacks", "lambdas")
BESIDE = (REPOSITORY / "cdk.json", Path(__file__).with_name("synthesis.py"))


def kept(asked: str, synthesize: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the template that is kept of what is asked for; if there is none, synthesize it and keep it."""
    path = folder() / f"{hashlib.sha256(asked.encode()).hexdigest()}.json"
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        found = synthesize()
        # Another process may do the same at this moment: nobody reads half of it.
        beside = path.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps(found), "utf-8")
        beside.replace(path)
    return found


@functools.cache
def folder() -> Path:
    """The folder for the templates of this code. Those of other code are gone."""
    mine = FOLDER / code()
    mine.mkdir(parents=True, exist_ok=True)
    for other in FOLDER.iterdir():
        if other != mine:
            shutil.rmtree(other, ignore_errors=True)
    return mine


def code() -> str:
    """A digest of all code that a template depends on."""
    digest = hashlib.sha256(f"{sys.version} {version('aws-cdk-lib')} {version('constructs')}".encode())
    folders = (path for name in SOURCES for path in (REPOSITORY / name).rglob("*") if path.is_file())
    for path in sorted(path for path in (*folders, *BESIDE) if "__pycache__" not in path.parts):
        digest.update(f"{path.relative_to(REPOSITORY)} ".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
