"""What `rootguard validate` says of a guardrail.yaml that can be used. Plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from stacks.config import Reading

if TYPE_CHECKING:
    from cli.validate.principals import Lookup


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of a file that can be used.

    Attributes:
        name: what to call the file.
        reading: what it says.
        lookups: what IAM says of the trusted principals; None if it was not asked.
        permissions: the IAM statements that let each function write in Organizations; None if they were
            not asked for.
    """

    name: str
    reading: Reading
    lookups: tuple[Lookup, ...] | None = None
    permissions: dict[str, list[dict[str, Any]]] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the JSON answer: all of the file, with defaults filled in."""
        document = {
            "valid": True,
            "config": self.name,
            **self.reading.config.model_dump(mode="json"),
            "problems": [],
            "warnings": [asdict(warning) for warning in self.reading.warnings],
            "notes": [asdict(note) for note in self.reading.notes],
        }
        if self.lookups is not None:
            document["lookups"] = [asdict(lookup) for lookup in self.lookups]
        if self.permissions is not None:
            document["permissions"] = self.permissions
        return document
