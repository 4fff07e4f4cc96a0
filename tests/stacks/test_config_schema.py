"""guardrail.schema.json, which editors check guardrail.yaml with: it agrees with the models."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from stacks import config
from tests.stacks.mistakes import MISTAKES, Mistake

REPOSITORY = Path(__file__).parents[2]
SHIPPED = REPOSITORY / "guardrail.yaml"


def test_the_published_schema_is_the_models_own() -> None:
    published = (REPOSITORY / "guardrail.schema.json").read_text("utf-8")
    assert published == config.schema_text(), "run `python -m stacks.config`"
    jsonschema.Draft202012Validator.check_schema(json.loads(published))


def test_the_schema_helps_with_every_field() -> None:
    schema = config.json_schema()
    for model in (schema, *schema["$defs"].values()):
        for name, field in model["properties"].items():
            assert field.get("description"), f"{name} has no help"


def schema_accepts(text: str) -> bool:
    return bool(jsonschema.Draft202012Validator(config.json_schema()).is_valid(yaml.safe_load(text)))


def test_editors_accept_the_shipped_file() -> None:
    assert schema_accepts(SHIPPED.read_text("utf-8"))
    assert SHIPPED.read_text("utf-8").startswith("# yaml-language-server: $schema=guardrail.schema.json")


# What JSON Schema cannot see: repetition across entries, and what YAML hides before it gets there.
BEYOND_A_SCHEMA = (
    "already",
    "YAML",
    "the file is empty",
    "alias",
    "nested",
    "not end later",
    "in no calendar",
)


@pytest.mark.parametrize(
    "mistake",
    [mistake for mistake in MISTAKES if not any(word in mistake.trouble for word in BEYOND_A_SCHEMA)],
    ids=lambda mistake: f"{mistake.field} {mistake.trouble}",
)
def test_editors_refuse_what_the_models_refuse(mistake: Mistake) -> None:
    assert not schema_accepts(mistake.text)
