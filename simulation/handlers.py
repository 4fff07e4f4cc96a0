"""The functions' environments: a handler's module as Lambda loads it, fresh for each environment.

A module of `rootguard.handlers` reads its settings when it is imported. So every environment has its own.
All other modules are shared, as they hold no state. What they cache is forgotten before each run.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias

from simulation.errors import NotSimulatedError

Handler: TypeAlias = "Callable[[Any, Any], Any]"

_PACKAGE: Final = "rootguard"


@dataclass(slots=True)
class Environment:
    """One execution environment of a function."""

    function: str
    handler: Handler


def fresh(handler: str) -> Handler:
    """Import a handler's module anew, and return the function.

    Raises what the module raises, and NotSimulatedError if there is no such module.
    """
    module_name, _, name = handler.rpartition(".")
    try:
        spec = importlib.util.find_spec(module_name)
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.loader is None:
        raise NotSimulatedError(f"there is no handler {handler}: correct simulation/deployment.py")
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(module_name)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        if before is not None:
            sys.modules[module_name] = before
        else:
            del sys.modules[module_name]
    found: Handler = getattr(module, name)
    return found


def forget_caches() -> None:
    """Empty every cache of the functions' modules, so that a run knows nothing of an earlier one."""
    modules = tuple(name for name in sys.modules if name.partition(".")[0] == _PACKAGE)
    for cached in _caches(modules):
        cached.cache_clear()


@lru_cache(maxsize=8)
def _caches(modules: tuple[str, ...]) -> list[Any]:
    """Return the cached functions of modules, each once."""
    found = {
        id(value): value
        for name in modules
        for value in vars(sys.modules[name]).values()
        if callable(getattr(value, "cache_clear", None)) and not isinstance(value, type)
    }
    return list(found.values())
