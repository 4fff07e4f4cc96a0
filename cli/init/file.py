"""A file that is there as a whole or not at all, and replaces another only if that is wanted."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from cli.exits import bad_input
from cli.init.render import TEMPLATE


def check(path: Path, *, force: bool) -> None:
    """Raise TroubleError if a file is there that must not be replaced, or no file can be there."""
    if path.is_dir():
        raise bad_input(f"{path}: is a folder; name a file with --output.")
    if os.path.lexists(path) and not force:
        loses = "nothing, as it is still the file that ships" if _is_as_it_ships(path) else "all that it says"
        raise bad_input(
            f"{path}: is there already, and was not touched.\n"
            f"Replace it with --force, which loses {loses}, or write to another file with --output."
        )


def write(path: Path, text: str, *, force: bool) -> None:
    """Write beside the file, then put that in its place: nobody ever reads half of it.

    A file that is replaced keeps its permissions, and a link leads to the new text.

    Raises:
        TroubleError: it is there and `force` is False, or it cannot be written.
    """
    place = Path(os.path.realpath(path))
    beside = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        with beside.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if place.exists():
            shutil.copymode(place, beside)
        check(path, force=force)
        beside.replace(place)
    except OSError as error:
        raise bad_input(
            f"{path}: cannot be written: {error.strerror}; name another with --output."
        ) from error
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()


def _is_as_it_ships(path: Path) -> bool:
    return path.is_file() and path.read_bytes() == TEMPLATE.read_bytes()
