"""The functions' assets, built on this machine: sources, pinned packages and guardrail.json.

CDK would build them in Docker; `LocalBundling` needs only pip (or uv), and fetches wheels for the
functions' own platform whatever machine this is. An asset's hash is ours too, over what goes in and over
this module, which builds it: two machines agree on it, an unchanged function is not deployed again, and one
that is built in another way is. So nothing of the machine is left in an asset, its umask included.
"""

import hashlib
import importlib.util
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
from aws_cdk import aws_lambda

from stacks import rules_text
from stacks.config import GuardrailConfig

LAMBDAS = Path(__file__).parent.parent / "lambdas"
# `make install` keeps the functions' wheels here, so that no asset needs the network later.
WHEELS = Path(sys.prefix) / "wheels"
PACKAGE = "rootguard"
CONFIG_FILE = "guardrail.json"
# The entry points of the channels, by their modules in rootguard.handlers.
CHANNELS = ("slack", "pagerduty")
_PINS = ("requirements.txt",)
_CHANNELS_PINS = (*_PINS, "requirements-channels.txt")

# What the wheels must fit: the runtime and architecture that the constructs give the functions.
PYTHON_VERSION = "3.14"
_PIP_PLATFORM = ("--platform", "manylinux2014_aarch64", "--implementation", "cp")
_UV_PLATFORM = ("--python-platform", "aarch64-manylinux2014")
_WHEELS_ONLY = ("--python-version", PYTHON_VERSION, "--only-binary", ":all:", "--no-deps")

# The CDK zips each file with its mode, and Lambda runs the function as a user of its own, who has to read all
# of it ("Working with .zip file archives for Python Lambda functions", Lambda guide).
_FILE_MODE, _FOLDER_MODE = 0o644, 0o755
# What an installer notes about itself beside each package. No function reads it.
_NOTES_OF_THE_INSTALLER = ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_cache.json")


class BundlingError(Exception):
    """The asset could not be built. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Asset:
    """What goes into one asset, from the folder `lambdas`.

    Attributes:
        lambdas: the folder.
        requirements: its files of pins.
        handlers: the entry points that it is for. No other one is in it.
        without: the folders of the package that are left out.
        config: what guardrail.json says; None for an asset without one.
    """

    lambdas: Path
    requirements: tuple[str, ...]
    handlers: tuple[str, ...]
    without: tuple[str, ...]
    config: GuardrailConfig | None = None

    def code(self) -> aws_lambda.Code:
        """The asset, as the CDK takes it."""
        return aws_lambda.Code.from_asset(
            str(self.lambdas),
            asset_hash_type=cdk.AssetHashType.CUSTOM,
            asset_hash=self.hash(),
            bundling=cdk.BundlingOptions(
                # Required by the type, and never run: LocalBundling builds, or raises.
                image=cdk.DockerImage.from_registry("scratch"),
                local=LocalBundling(self),
            ),
        )

    def hash(self) -> str:
        """SHA-256 over everything that decides the asset's content, the same on every machine."""
        digest = hashlib.sha256()
        files = [*self._pins(), *self._sources()]
        parts = [(path.relative_to(self.lambdas).as_posix(), path.read_bytes()) for path in files]
        if self.config is not None:
            parts.append((CONFIG_FILE, config_json(self.config).encode()))
        # How it is built: the wheels' platform, the files' modes, what is taken out again.
        parts.append(("builder", Path(__file__).read_bytes()))
        for name, content in parts:
            # Lengths keep two neighbours from being read as one: "ab" + "c" is not "a" + "bc".
            digest.update(f"{len(name)} {name} {len(content)} ".encode())
            digest.update(content)
        return digest.hexdigest()

    def build(self, output: Path) -> None:
        """Fill the directory `output` with the asset.

        Raises:
            BundlingError: neither pip nor uv is here, or the packages could not be installed.
        """
        for source in self._sources():
            copy = output / source.relative_to(self.lambdas)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)
        _install(self._pins(), output)
        if self.config is not None:
            (output / CONFIG_FILE).write_text(config_json(self.config), encoding="utf-8")
        _make_readable(output)

    def _pins(self) -> list[Path]:
        return [self.lambdas / name for name in self.requirements]

    def _sources(self) -> Iterator[Path]:
        # Modules, and there is no other file: what an editor or the system leaves beside them, such as
        # .DS_Store, decide.py~ or ._decide.py, is of one machine only.
        modules = (path for path in (self.lambdas / PACKAGE).rglob("*.py") if path.stem.isidentifier())
        yield from sorted(path for path in modules if self._holds(path.relative_to(self.lambdas / PACKAGE)))

    def _holds(self, module: Path) -> bool:
        if module == Path("__main__.py"):  # the operator's command
            return False
        if module.parent == Path("handlers"):
            return module.stem in ("__init__", *self.handlers)
        return not any(module.is_relative_to(folder) for folder in self.without)


def guard_asset(config: GuardrailConfig, lambdas: Path = LAMBDAS) -> Asset:
    """The asset of the guard and of the restorer, for the configuration given.

    They can write in Organizations, so nothing that puts anything into words is in it.
    """
    without = ("notify", "isolation", "rehearsal", "watch")
    return Asset(lambdas, _PINS, ("guard", "restore"), without=without, config=config)


def isolation_asset(config: GuardrailConfig, lambdas: Path = LAMBDAS) -> Asset:
    """The asset of the function that moves accounts into quarantine and back. It undoes and words nothing."""
    without = ("notify", "reconcile", "rehearsal", "watch")
    return Asset(lambdas, _PINS, ("isolation",), without=without, config=config)


def rehearsal_asset(lambdas: Path = LAMBDAS) -> Asset:
    """The asset of the function that rehearses. It judges and words nothing."""
    return Asset(lambdas, _PINS, ("rehearsal",), without=("notify", "reconcile", "isolation", "watch"))


def watch_asset(lambdas: Path = LAMBDAS) -> Asset:
    """The asset of the watch. It judges nothing, words nothing, and undoes nothing."""
    without = ("notify", "reconcile", "isolation", "rehearsal", "lockout")
    return Asset(lambdas, _PINS, ("watch",), without=without)


def notifier_asset(lambdas: Path = LAMBDAS) -> Asset:
    """The asset of the notifier, which reads names and writes pages, and undoes nothing."""
    without = ("reconcile", "isolation", "rehearsal", "watch", "notify/channels")
    return Asset(lambdas, _PINS, ("notifier",), without=without)


def channels_asset(lambdas: Path = LAMBDAS) -> Asset:
    """The asset of all channels. One, since they need the same but for a client each."""
    return Asset(lambdas, _CHANNELS_PINS, CHANNELS, without=("reconcile", "isolation", "rehearsal", "watch"))


def config_json(config: GuardrailConfig) -> str:
    """guardrail.json, as it is in the asset."""
    return rules_text.as_text(config.render())


@jsii.implements(cdk.ILocalBundling)
class LocalBundling:
    """CDK's hook to build an asset without Docker."""

    def __init__(self, asset: Asset) -> None:
        self._asset = asset

    def try_bundle(self, output_dir: str, *, image: Any, **_options: Any) -> bool:  # noqa: ARG002 - jsii finds it by name
        """Build the asset. Never False, which would make CDK run Docker: failures raise."""
        self._asset.build(Path(output_dir))
        return True


def keep_wheels(folder: Path = WHEELS, lambdas: Path = LAMBDAS) -> None:
    """Fetch the wheels of all assets into a folder, from which they are installed from then on.

    Raises:
        BundlingError: pip is here, and could not fetch them. uv fetches none, and has a cache of its own.
    """
    if importlib.util.find_spec("pip"):
        shutil.rmtree(folder, ignore_errors=True)  # of pins that are no more
        pins = [lambdas / name for name in _CHANNELS_PINS]
        _run([*_pip("download"), *_PIP_PLATFORM, *_WHEELS_ONLY, "--dest", str(folder), *_named(pins)], pins)


def _install(requirements: list[Path], target: Path) -> None:
    command = [*_installer(), "--target", str(target), *_named(requirements)]
    try:
        _run([*command, "--no-index", "--find-links", str(WHEELS)], requirements)
    except BundlingError:
        # Not kept, or the pins have changed since.
        _run(command, requirements)
    # Command-line scripts, with this machine's interpreter in their first line; uv's lock file.
    shutil.rmtree(target / "bin", ignore_errors=True)
    (target / ".lock").unlink(missing_ok=True)
    for name in _NOTES_OF_THE_INSTALLER:
        for note in target.glob(f"*.dist-info/{name}"):
            note.unlink()


def _named(requirements: list[Path]) -> list[str]:
    return [part for path in requirements for part in ("--requirement", str(path))]


def _run(command: list[str], requirements: list[Path]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode != 0:
        message = (
            f"installing {' and '.join(map(str, requirements))} for the function failed:\n"
            f"{done.stderr.strip()}\n"
            "Each pin must have a wheel for Python 3.14 on arm64 (or a pure one), and the package "
            f"index must be reachable. To see it happen: {shlex.join(command)}"
        )
        raise BundlingError(message)


def _make_readable(folder: Path) -> None:
    """Give a folder and everything in it the modes that Lambda's user needs, whatever the umask is."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(_FOLDER_MODE if path.is_dir() else _FILE_MODE)


def _installer() -> list[str]:
    if importlib.util.find_spec("pip"):
        return [*_pip("install"), "--no-compile", *_PIP_PLATFORM, *_WHEELS_ONLY]
    # A virtual environment made by uv has no pip of its own.
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--quiet", "--python", sys.executable, *_UV_PLATFORM, *_WHEELS_ONLY]
    message = (
        f"the function's packages need pip or uv, and {sys.executable} has neither; "
        "run `python -m ensurepip`, or install uv"
    )
    raise BundlingError(message)


def _pip(verb: str) -> list[str]:
    return [sys.executable, "-m", "pip", verb, "--quiet", "--disable-pip-version-check"]


if __name__ == "__main__":
    try:
        keep_wheels()
    except BundlingError as error:
        sys.exit(str(error))
