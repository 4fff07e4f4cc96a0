"""Write the samples again, and take their pictures in headless Chromium: `make pictures`.

The pictures come from the same commands as the samples. Each picture's source is noted by its SHA-256 in
docs/images/sources.sha256, so that a test can tell when a picture is older than what it shows.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_DOCS: Final = Path(__file__).resolve().parents[1]
_BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
_REPORT: Final = ("incident", "report", "sample", "--zone", "Asia/Tokyo")
SAMPLES: Final = {
    "pages.html": ("preview", "--html"),
    "report.md": (*_REPORT, "--out"),
    "report.html": (*_REPORT, "--format", "html", "--out"),
    "isolation.md": ("isolation", "report", "sample", "--zone", "Asia/Tokyo", "--out"),
}
"""The command that writes each sample; the file's name is its last argument."""
PICTURES: Final = {
    "preview.png": (("preview", "--kind", "undone", "--html"), (1500, 1400)),
    "report.png": ((*_REPORT, "--format", "html", "--out"), (1060, 1605)),
}
"""The command that writes what each picture shows, and the width and height in pixels."""


def main() -> int:
    """Write all of them. Returns 2 if there is no browser, before anything is written."""
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        print(
            f"No browser was found: none of {', '.join(_BROWSERS)} is on the PATH. Install Chromium, or say "
            "where it is: CHROMIUM=/path/to/chrome make pictures",
            file=sys.stderr,
        )
        return 2
    for name, command in SAMPLES.items():
        _write(command, _DOCS / "samples" / name)
    sources: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (command, size) in PICTURES.items():
            page = Path(folder) / f"{name}.html"
            _write(command, page)
            _take(browser, page, size, _DOCS / "images" / name)
            sources[name] = hashlib.sha256(page.read_bytes()).hexdigest()
    noted = "".join(f"{digest}  {name}\n" for name, digest in sources.items())
    (_DOCS / "images" / "sources.sha256").write_text(noted, "utf-8")
    return 0


def _write(command: Sequence[str], to: Path) -> None:
    _run([str(Path(sys.executable).with_name("rootguard")), *command, str(to)])


def _take(browser: str, page: Path, size: tuple[int, int], to: Path) -> None:
    width, height = size
    # Without its sandbox, which a container lacks: it opens nothing but this page.
    options = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={width},{height}"]
    to.unlink(missing_ok=True)
    _run([browser, *options, f"--screenshot={to}", page.as_uri()])
    if not to.exists():
        raise SystemExit(f"{browser} took no picture: {to} was not written.")
    print(f"docs/images/{to.name}: {width} x {height} pixels")


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own commands
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed with {done.returncode}:\n{done.stderr.strip()}")


if __name__ == "__main__":
    sys.exit(main())
