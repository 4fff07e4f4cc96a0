"""The emulator is private ground: a change in it must be told, in words that help."""

import importlib
import re
from pathlib import Path

import pytest

from drill import emulator, emulator_conditions, emulator_functions, emulator_scps
from drill.emulator import EmulatorChangedError


def test_the_pinned_emulator_has_every_name() -> None:
    emulator.check()


def test_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emulator, "version", lambda _: "2.0.0")
    with pytest.raises(EmulatorChangedError, match=r"1\.5\.33 was expected, 2\.0\.0 is installed"):
        emulator.check()


@pytest.mark.parametrize(("module", "name"), [(m, n) for m, names in emulator.USED.items() for n in names])
def test_a_name_that_is_gone_is_named(monkeypatch: pytest.MonkeyPatch, module: str, name: str) -> None:
    monkeypatch.delattr(importlib.import_module(module), name)
    with pytest.raises(EmulatorChangedError, match=f"{module}.*{name}.*drill/emulator.py"):
        emulator.check()


def test_every_name_that_is_used_is_listed() -> None:
    """Ministack is reached by `module("name").attribute`, at once or by a variable."""
    source = "".join(
        Path(module.__file__).read_text()
        for module in (emulator, emulator_conditions, emulator_functions, emulator_scps)
    )
    listed = {module.removeprefix("ministack.") for module in emulator.USED}
    assert set(re.findall(r'\bmodule\(\s*"(?:ministack\.)?([^"]+)"', source)) == listed
    names = {name for names in emulator.USED.values() for name in names}
    private = set(re.findall(r"\.(_[a-z][a-z0-9_]+)", source))
    assert private <= names
