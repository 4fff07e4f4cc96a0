"""What the docs show to be copied into guardrail.yaml is taken as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from stacks.config import GuardrailConfig, read
from stacks.config_values import principal_arn

DOCS = Path(__file__).parents[1] / "docs"
EXAMPLES = sorted((DOCS / "examples").glob("*.yaml"))
WORKS_WITH = (DOCS / "works-with.md").read_text("utf-8")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_valid_and_nothing_in_it_is_odd(example: Path) -> None:
    reading = read(example, "aws")
    assert (reading.warnings, reading.notes) == ((), ())


def test_the_whole_example_has_what_a_real_organization_has() -> None:
    config = read(DOCS / "examples" / "organization.yaml", "aws").config
    root, *below = config.protections
    assert root.targets == ("root",)
    assert len([entry for entry in below if entry.include_descendants and entry in config.reverting]) == 2
    assert any(entry.pin_accounts for entry in below)
    assert config.pages.slack
    assert config.pages.pagerduty
    assert any("AWSControlTowerAdmin" in arn for arn in config.trusted_principals)
    assert any("pipeline" in arn for arn in config.trusted_principals)


@pytest.mark.parametrize("block", re.findall(r"```yaml\n(.+?)```", WORKS_WITH, re.DOTALL))
def test_what_works_with_says_to_trust_can_be_pasted(block: str, tmp_path: Path) -> None:
    file = tmp_path / "guardrail.yaml"
    file.write_text(block + "protections: [{name: root, targets: [root]}]\n", "utf-8")
    config: GuardrailConfig = read(file, "aws").config
    assert config.trusted_principals == tuple(yaml.safe_load(block)["trusted_principals"])


def test_every_whole_arn_that_works_with_shows_can_be_trusted() -> None:
    arns = re.findall(r"arn:aws:iam::\d{12}:role/[\w/.-]+(?![\w/.…-])", WORKS_WITH)
    assert len(arns) > 8
    for arn in arns:
        assert principal_arn(arn) == arn
