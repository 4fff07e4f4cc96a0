"""The function's asset: what is in it, what is not, and what makes it another one."""

import ast
import json
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from stacks import bundling
from stacks.bundling import LAMBDAS, BundlingError
from tests.stacks.synthesis import ROOT_ONLY, guardrail

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


def test_every_package_the_function_imports_is_there(asset: Path) -> None:
    imported = set().union(*(imported_by(source) for source in (asset / "rootguard").rglob("*.py")))
    third_party = imported - sys.stdlib_module_names - {"boto3", "botocore"}
    missing = {
        name for name in third_party if not ((asset / name).is_dir() or (asset / f"{name}.py").is_file())
    }
    assert not missing


def test_each_change_of_what_goes_in_makes_another_asset(lambdas: Path) -> None:
    hashes = [bundling.source_hash(ROOT_ONLY, lambdas), bundling.source_hash(OBSERVING, lambdas)]
    guard = lambdas / "rootguard" / "handlers" / "guard.py"
    guard.write_text(guard.read_text("utf-8") + "\n", "utf-8")
    hashes.append(bundling.source_hash(ROOT_ONLY, lambdas))
    guard.rename(guard.with_name("guard2.py"))
    hashes.append(bundling.source_hash(ROOT_ONLY, lambdas))
    pins = lambdas / "requirements.txt"
    pins.write_text(pins.read_text("utf-8").replace("==", "== "), "utf-8")
    hashes.append(bundling.source_hash(ROOT_ONLY, lambdas))
    assert len(set(hashes)) == len(hashes)


def test_what_does_not_go_in_leaves_the_asset_alone(lambdas: Path) -> None:
    before = bundling.source_hash(ROOT_ONLY, lambdas)
    cache = lambdas / "rootguard" / "core" / "__pycache__"
    cache.mkdir(exist_ok=True)
    (cache / "decide.cpython-314.pyc").write_bytes(b"compiled")
    (lambdas / "notes.txt").write_text("not part of the function", "utf-8")
    assert bundling.source_hash(ROOT_ONLY, lambdas) == before
    assert bundling.source_hash(PAGED, lambdas) == before


def test_the_asset_is_the_same_wherever_the_repository_lies(lambdas: Path) -> None:
    assert bundling.source_hash(ROOT_ONLY, lambdas) == bundling.source_hash(ROOT_ONLY)


def test_a_pin_that_cannot_be_installed_fails_the_synth_with_pips_words(
    lambdas: Path, tmp_path: Path
) -> None:
    (lambdas / "requirements.txt").write_text("./no-such-wheel-1.0-py3-none-any.whl\n", "utf-8")
    with pytest.raises(BundlingError) as failed:
        bundling.build(tmp_path / "asset", ROOT_ONLY, lambdas)
    assert "no-such-wheel" in str(failed.value)
    assert "must have a wheel for Python 3.14 on arm64" in str(failed.value)
    assert not (tmp_path / "asset" / "guardrail.json").exists()


@pytest.mark.skipif(shutil.which("uv") is None, reason="needs uv")
def test_uv_builds_the_same_asset_where_pip_is_missing(
    asset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "pip" else find_spec(name))
    bundling.build(tmp_path, ROOT_ONLY)

    def files(folder: Path) -> set[str]:
        paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        return {path.as_posix() for path in paths if ".dist-info" not in path.parts[0]}

    assert files(tmp_path) == files(asset)


def test_without_pip_and_uv_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(BundlingError, match="ensurepip"):
        bundling.build(tmp_path, ROOT_ONLY)
