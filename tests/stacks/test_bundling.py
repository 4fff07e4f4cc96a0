"""The functions' assets: what is in them, what is not, and what makes each another one."""

import ast
import json
import os
import shutil
import stat
import sys
from importlib.util import find_spec
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda

from stacks import bundling
from stacks.bundling import (
    CHANNELS,
    LAMBDAS,
    BundlingError,
    channels_asset,
    guard_asset,
    isolation_asset,
    keep_wheels,
    notifier_asset,
    rehearsal_asset,
    watch_asset,
)
from tests.stacks.synthesis import OFFLINE, ROOT_ONLY, guardrail

OBSERVING = guardrail({"targets": ["root"]}, mode="observe")
PAGED = guardrail({"targets": ["root"]}, pages={"email": ["oncall@example.com"]})


@pytest.fixture
def lambdas(tmp_path: Path) -> Path:
    """A copy of the sources that a test may change."""
    return Path(shutil.copytree(LAMBDAS, tmp_path / "lambdas"))


def test_it_holds_the_function_its_packages_and_the_configuration(asset: Path) -> None:
    assert (asset / "rootguard" / "handlers" / "guard.py").is_file()
    assert (asset / "aws_lambda_powertools" / "__init__.py").is_file()
    assert json.loads((asset / "guardrail.json").read_text("utf-8")) == ROOT_ONLY.render()


def test_it_leaves_out_what_the_runtime_has_and_what_only_this_machine_can_use(asset: Path) -> None:
    top = {path.name for path in asset.iterdir()}
    assert top.isdisjoint({"boto3", "botocore", "tests", "stacks", "pydantic", "bin", ".lock"})
    assert not [path for path in asset.rglob("*") if path.name == "__pycache__" or path.suffix == ".pyc"]
    for library in asset.rglob("*.so"):
        assert "aarch64" in library.name


def imported_by(source: Path) -> set[str]:
    """Top-level names of the modules that a file imports when it runs, wherever in the file."""
    names: set[str] = set()
    waiting: list[ast.AST] = [ast.parse(source.read_text("utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.split(".")[0])
        waiting += ast.iter_child_nodes(node)
    return names


def not_there(asset: Path) -> set[str]:
    """Packages that a file in the asset imports, and that are neither in it nor in Lambda's runtime."""
    imported = set().union(*(imported_by(source) for source in (asset / "rootguard").rglob("*.py")))
    third_party = imported - sys.stdlib_module_names - {"boto3", "botocore"}
    return {name for name in third_party if not ((asset / name).is_dir() or (asset / f"{name}.py").is_file())}


def test_every_package_the_functions_import_is_there(asset: Path, notifier: Path, channels: Path) -> None:
    assert not_there(asset) == not_there(notifier) == not_there(channels) == set()


def handlers(asset: Path) -> set[str]:
    """The entry points in an asset."""
    return {path.stem for path in (asset / "rootguard" / "handlers").glob("*.py")} - {"__init__"}


def test_each_asset_has_its_own_entry_points_and_all_of_them_are_in_one(
    asset: Path, notifier: Path, channels: Path
) -> None:
    assert handlers(asset) == {"guard", "restore"}
    assert handlers(notifier) == {"notifier"}
    assert handlers(channels) == set(CHANNELS)
    alone = {"isolation", "rehearsal", "watch"}
    assert handlers(LAMBDAS) == alone | handlers(asset) | handlers(notifier) | handlers(channels)


def test_the_asset_of_the_watch_judges_nothing_words_nothing_and_undoes_nothing(tmp_path: Path) -> None:
    watch_asset().build(tmp_path)
    assert handlers(tmp_path) == {"watch"}
    folders = {path.name for path in (tmp_path / "rootguard").iterdir()}
    assert not {"notify", "reconcile", "lockout", "isolation", "rehearsal"} & folders


def test_the_asset_of_the_rehearsal_words_nothing_and_undoes_nothing(tmp_path: Path) -> None:
    rehearsal_asset().build(tmp_path)
    assert handlers(tmp_path) == {"rehearsal"}
    assert not {"notify", "reconcile", "isolation"} & {
        path.name for path in (tmp_path / "rootguard").iterdir()
    }


def test_the_asset_of_isolation_words_nothing_and_undoes_nothing(tmp_path: Path) -> None:
    isolation_asset(ROOT_ONLY).build(tmp_path)
    assert handlers(tmp_path) == {"isolation"}
    assert not any((tmp_path / "rootguard" / name).exists() for name in ("notify", "reconcile"))


def test_the_operators_command_is_in_no_asset(
    asset: Path, notifier: Path, channels: Path, lambdas: Path
) -> None:
    for folder in (asset, notifier, channels):
        assert not (folder / "rootguard" / "__main__.py").exists()
        assert not (folder / "cli").exists()
    before = guard_asset(ROOT_ONLY, lambdas).hash()
    (lambdas / "rootguard" / "__main__.py").unlink()
    assert guard_asset(ROOT_ONLY, lambdas).hash() == before


def test_what_can_write_in_organizations_renders_nothing(asset: Path) -> None:
    assert not (asset / "rootguard" / "notify").exists()
    assert (asset / "rootguard" / "reconcile").is_dir()


def test_what_renders_undoes_nothing_and_only_channels_hold_what_talks_to_the_outside(
    notifier: Path, channels: Path
) -> None:
    for folder in (notifier, channels):
        assert (folder / "rootguard" / "notify" / "words").is_dir()
        assert not (folder / "rootguard" / "reconcile").exists()
    assert not (notifier / "rootguard" / "notify" / "channels").exists()
    assert not [name for name in ("slack_sdk", "pagerduty", "httpx2") if (notifier / name).exists()]


def test_the_guard_carries_nothing_that_talks_to_the_outside(asset: Path, channels: Path) -> None:
    def packages(folder: Path) -> set[str]:
        return {path.name for path in folder.iterdir() if path.is_dir() and "-" not in path.name}

    added = packages(channels) - packages(asset)
    assert {"slack_sdk", "pagerduty", "httpx2"} <= added
    assert packages(asset) <= packages(channels)
    modules = {path.stem for path in (asset / "rootguard").rglob("*.py")}
    assert modules.isdisjoint(CHANNELS)


def test_the_notifier_and_the_channels_know_no_configuration(notifier: Path, channels: Path) -> None:
    assert not (notifier / "guardrail.json").exists()
    assert not (channels / "guardrail.json").exists()


def test_each_change_of_what_goes_in_makes_another_asset(lambdas: Path) -> None:
    hashes = [guard_asset(ROOT_ONLY, lambdas).hash(), guard_asset(OBSERVING, lambdas).hash()]
    guard = lambdas / "rootguard" / "handlers" / "guard.py"
    guard.write_text(guard.read_text("utf-8") + "\n", "utf-8")
    hashes.append(guard_asset(ROOT_ONLY, lambdas).hash())
    guard.rename(guard.with_name("guard2.py"))
    hashes.append(guard_asset(ROOT_ONLY, lambdas).hash())
    pins = lambdas / "requirements.txt"
    pins.write_text(pins.read_text("utf-8").replace("==", "== "), "utf-8")
    hashes.append(guard_asset(ROOT_ONLY, lambdas).hash())
    assert len(set(hashes)) == len(hashes)


def test_another_way_to_build_makes_another_asset(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = {asset.hash() for asset in (guard_asset(ROOT_ONLY), notifier_asset(), channels_asset())}
    builder = tmp_path / "bundling.py"
    builder.write_text(Path(bundling.__file__).read_text("utf-8").replace("0o644", "0o600"), "utf-8")
    monkeypatch.setattr(bundling, "__file__", str(builder))
    after = {asset.hash() for asset in (guard_asset(ROOT_ONLY), notifier_asset(), channels_asset())}
    assert not before & after


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and content of everything in an asset, and of its own folder."""
    return {
        path.relative_to(folder).as_posix(): (
            stat.S_IMODE(path.stat().st_mode),
            path.read_bytes() if path.is_file() else b"",
        )
        for path in (folder, *folder.rglob("*"))
    }


def test_lambdas_user_can_read_all_of_it_whatever_umask_it_is_built_under(
    asset: Path, notifier: Path, channels: Path, tmp_path: Path
) -> None:
    before = os.umask(0o077)
    try:
        private = tmp_path / "private"
        private.mkdir()
        guard_asset(ROOT_ONLY).build(private)
    finally:
        os.umask(before)
    assert contents(private) == contents(asset)
    for folder in (private, notifier, channels):
        modes = {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in (folder, *folder.rglob("*"))}
        assert modes == {(True, 0o755), (False, 0o644)}


def test_what_is_zipped_is_readable_after_a_synth_under_any_umask(tmp_path: Path) -> None:
    # What the CDK makes of it: it builds into a folder of its own and moves that.
    before = os.umask(0o077)
    try:
        app = cdk.App(outdir=str(tmp_path / "cdk.out"))
        stack = cdk.Stack(app, "Alone")
        code = notifier_asset().code()
        aws_lambda.Function(
            stack, "Function", runtime=aws_lambda.Runtime.PYTHON_3_14, handler="index.handler", code=code
        )
        app.synth()
    finally:
        os.umask(before)
    (staged,) = (tmp_path / "cdk.out").glob("asset.*")
    files = [path for path in staged.rglob("*") if path.is_file()]
    assert len(files) > 100
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o644}


def test_what_only_channels_are_made_of_leaves_the_guard_alone(lambdas: Path) -> None:
    guard = guard_asset(ROOT_ONLY, lambdas).hash()
    notifier = notifier_asset(lambdas).hash()
    hashes = [channels_asset(lambdas).hash()]
    for changed in ("rootguard/handlers/slack.py", "requirements-channels.txt"):
        path = lambdas / changed
        path.write_text(path.read_text("utf-8") + "\n", "utf-8")
        hashes.append(channels_asset(lambdas).hash())
    assert len(set(hashes)) == len(hashes)
    assert guard_asset(ROOT_ONLY, lambdas).hash() == guard
    assert notifier_asset(lambdas).hash() == notifier


def test_words_leave_the_guard_alone_and_remedies_leave_the_notifier_alone(lambdas: Path) -> None:
    guard, notifier = guard_asset(ROOT_ONLY, lambdas).hash(), notifier_asset(lambdas).hash()
    for changed in ("notify/page.py", "reconcile/guard.py"):
        path = lambdas / "rootguard" / changed
        path.write_text(path.read_text("utf-8") + "\n", "utf-8")
        if changed.startswith("notify"):
            assert guard_asset(ROOT_ONLY, lambdas).hash() == guard
            assert notifier_asset(lambdas).hash() != notifier
            notifier = notifier_asset(lambdas).hash()
        else:
            assert notifier_asset(lambdas).hash() == notifier
            assert guard_asset(ROOT_ONLY, lambdas).hash() != guard


STRAY = (
    "notes.txt",
    "rootguard/.DS_Store",
    "rootguard/domain/__pycache__/rules.cpython-314.pyc",
    "rootguard/domain/rules.py~",
    "rootguard/domain/.rules.py.swp",
    "rootguard/domain/._rules.py",
    "rootguard/domain/rules copy.py",
)


def test_what_does_not_go_in_leaves_the_asset_alone(
    lambdas: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = guard_asset(ROOT_ONLY, lambdas).hash()
    for name in STRAY:
        (lambdas / name).parent.mkdir(exist_ok=True)
        (lambdas / name).write_text("not part of the function", "utf-8")
    assert guard_asset(ROOT_ONLY, lambdas).hash() == before
    assert guard_asset(PAGED, lambdas).hash() == before
    # What is built is what was hashed; the packages stand still elsewhere.
    monkeypatch.setattr("stacks.bundling._install", lambda *_: None)
    guard_asset(ROOT_ONLY, lambdas).build(tmp_path / "asset")
    built = {path.relative_to(tmp_path / "asset").as_posix() for path in (tmp_path / "asset").rglob("*")}
    assert "rootguard/domain/rules.py" in built
    assert built.isdisjoint(STRAY)


def test_the_asset_is_the_same_wherever_the_repository_lies(lambdas: Path) -> None:
    assert guard_asset(ROOT_ONLY, lambdas).hash() == guard_asset(ROOT_ONLY).hash()


def test_with_the_wheels_that_the_installation_kept_it_is_built_offline(
    asset: Path, channels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept wheels"
    keep_wheels(kept)
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("stacks.bundling.WHEELS", tmp_path / "nowhere")
    with pytest.raises(BundlingError):
        guard_asset(ROOT_ONLY).build(tmp_path / "without")
    monkeypatch.setattr("stacks.bundling.WHEELS", kept)
    guard_asset(ROOT_ONLY).build(tmp_path / "guard")
    channels_asset().build(tmp_path / "channels")
    assert contents(tmp_path / "guard") == contents(asset)
    assert contents(tmp_path / "channels") == contents(channels)


def test_wheels_of_pins_that_are_no_more_are_not_kept(tmp_path: Path, lambdas: Path) -> None:
    keep_wheels(tmp_path / "kept")
    before = {path.name for path in (tmp_path / "kept").iterdir()}
    assert len([name for name in before if name.startswith(("slack_sdk", "h11"))]) == 2
    pins = lambdas / "requirements-channels.txt"
    lines = pins.read_text("utf-8").splitlines(keepends=True)
    pins.write_text("".join(line for line in lines if not line.startswith("h11")), "utf-8")
    keep_wheels(tmp_path / "kept", lambdas)
    after = {path.name for path in (tmp_path / "kept").iterdir()}
    assert {name.partition("-")[0] for name in before - after} == {"h11"}


def test_a_pin_that_cannot_be_installed_fails_the_synth_with_pips_words(
    lambdas: Path, tmp_path: Path
) -> None:
    (lambdas / "requirements.txt").write_text("./no-such-wheel-1.0-py3-none-any.whl\n", "utf-8")
    with pytest.raises(BundlingError) as failed:
        guard_asset(ROOT_ONLY, lambdas).build(tmp_path / "asset")
    assert "no-such-wheel" in str(failed.value)
    assert "must have a wheel for Python 3.14 on arm64" in str(failed.value)
    assert not (tmp_path / "asset" / "guardrail.json").exists()


@pytest.mark.skipif(shutil.which("uv") is None, reason="needs uv")
def test_uv_builds_the_same_asset_where_pip_is_missing(
    asset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "pip" else find_spec(name))
    guard_asset(ROOT_ONLY).build(tmp_path)
    assert contents(tmp_path) == contents(asset)


def test_without_pip_and_uv_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(BundlingError, match="ensurepip"):
        guard_asset(ROOT_ONLY).build(tmp_path)
