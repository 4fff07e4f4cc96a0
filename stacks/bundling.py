"""The function's asset, built on this machine: sources, pinned packages and guardrail.json.

CDK would build it in Docker; `LocalBundling` needs only pip (or uv), and fetches wheels for the
function's own platform whatever machine this is. The asset's hash is ours too, over what goes in,
so that two machines agree on it and an unchanged function is not deployed again.
"""

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda

from stacks.config import GuardrailConfig

LAMBDAS = Path(__file__).parent.parent / "lambdas"
PACKAGE = "rootguard"
CONFIG_FILE = "guardrail.json"

# What the wheels must fit: the runtime and architecture that the guard construct gives the function.
PYTHON_VERSION = "3.14"
_PIP_PLATFORM = ("--platform", "manylinux2014_aarch64", "--implementation", "cp")
_UV_PLATFORM = ("--python-platform", "aarch64-manylinux2014")
_WHEELS_ONLY = ("--python-version", PYTHON_VERSION, "--only-binary", ":all:", "--no-deps")


class BundlingError(Exception):
    """The asset could not be built. The message says what to do."""


def guard_code(config: GuardrailConfig, lambdas: Path = LAMBDAS) -> aws_lambda.Code:
    """The asset of the guard function, for the configuration given."""
    return aws_lambda.Code.from_asset(
        str(lambdas),
        asset_hash_type=cdk.AssetHashType.CUSTOM,
        asset_hash=source_hash(config, lambdas),
        bundling=cdk.BundlingOptions(
            # Required by the type, and never run: LocalBundling builds, or raises.
            image=cdk.DockerImage.from_registry("scratch"),
            local=LocalBundling(config, lambdas),
        ),
    )


def source_hash(config: GuardrailConfig, lambdas: Path = LAMBDAS) -> str:
    """SHA-256 over everything that decides the asset's content, the same on every machine."""
    digest = hashlib.sha256()
    parts = [(path.relative_to(lambdas).as_posix(), path.read_bytes()) for path in _sources(lambdas)]
    parts.append((CONFIG_FILE, config_json(config).encode()))
    parts.append(("platform", json.dumps([_PIP_PLATFORM, _WHEELS_ONLY]).encode()))
    for name, content in parts:
        # Lengths keep two neighbours from being read as one: "ab" + "c" is not "a" + "bc".
        digest.update(f"{len(name)} {name} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()


def config_json(config: GuardrailConfig) -> str:
    """guardrail.json, as it stands in the asset."""
    return json.dumps(config.render(), indent=2) + "\n"


def build(output: Path, config: GuardrailConfig, lambdas: Path = LAMBDAS) -> None:
    """Fill the directory `output` with the asset.

    Raises:
        BundlingError: neither pip nor uv is here, or the packages could not be installed.
    """
    shutil.copytree(
        lambdas / PACKAGE,
        output / PACKAGE,
        ignore=shutil.ignore_patterns("__pycache__"),
        dirs_exist_ok=True,
    )
    _install(lambdas / "requirements.txt", output)
    (output / CONFIG_FILE).write_text(config_json(config), encoding="utf-8")


@jsii.implements(cdk.ILocalBundling)
class LocalBundling:
    """CDK's hook to build an asset without Docker."""

    def __init__(self, config: GuardrailConfig, lambdas: Path) -> None:
        self._config = config
        self._lambdas = lambdas

    def try_bundle(self, output_dir: str, *, image: Any, **_options: Any) -> bool:  # noqa: ARG002 - jsii finds it by name
        """Build the asset. Never False, which would make CDK run Docker: failures raise."""
        build(Path(output_dir), self._config, self._lambdas)
        return True


def _sources(lambdas: Path) -> Iterator[Path]:
    yield lambdas / "requirements.txt"
    files = (path for path in (lambdas / PACKAGE).rglob("*") if path.is_file())
    yield from sorted(path for path in files if "__pycache__" not in path.parts)


def _install(requirements: Path, target: Path) -> None:
    command = [*_installer(), "--target", str(target), "--requirement", str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode != 0:
        message = (
            f"installing {requirements} for the function failed:\n{done.stderr.strip()}\n"
            "Each pin must have a wheel for Python 3.14 on arm64 (or a pure one), and the package "
            f"index must be reachable. To see it happen: {' '.join(command)}"
        )
        raise BundlingError(message)
    # Command-line scripts, with this machine's interpreter in their first line; uv's lock file.
    shutil.rmtree(target / "bin", ignore_errors=True)
    (target / ".lock").unlink(missing_ok=True)


def _installer() -> list[str]:
    if importlib.util.find_spec("pip"):
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        return [*pip, "--no-compile", *_PIP_PLATFORM, *_WHEELS_ONLY]
    # A virtual environment made by uv has no pip of its own.
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--quiet", "--python", sys.executable, *_UV_PLATFORM, *_WHEELS_ONLY]
    message = (
        f"the function's packages need pip or uv, and {sys.executable} has neither; "
        "run `python -m ensurepip`, or install uv"
    )
    raise BundlingError(message)
