"""Fast synths: no template validation by the CDK (test_app does one with it), no Node banner; one asset."""

import os
from pathlib import Path

import pytest

# Before anything imports aws_cdk: the Node process that runs the CDK starts with that import.
os.environ.setdefault("CDK_VALIDATION", "false")
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")


@pytest.fixture(scope="session")
def asset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The function's asset, built once, with pip as on any machine."""
    # Imported here, after the variables above.
    from stacks import bundling  # noqa: PLC0415
    from tests.stacks.synthesis import ROOT_ONLY  # noqa: PLC0415

    output = tmp_path_factory.mktemp("asset")
    bundling.build(output, ROOT_ONLY)
    return output
