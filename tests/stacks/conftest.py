"""Fast synths: no template validation by the CDK (test_app has one), no Node banner, three assets."""

import os
from pathlib import Path

import pytest

# Before anything imports aws_cdk: the Node process that runs the CDK starts with that import.
os.environ.setdefault("CDK_VALIDATION", "false")
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")


@pytest.fixture(scope="session")
def asset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guard's asset, built once, with pip as on any machine."""
    # Imported here, after the variables above.
    from stacks.bundling import guard_asset  # noqa: PLC0415
    from tests.stacks.synthesis import ROOT_ONLY  # noqa: PLC0415

    output = tmp_path_factory.mktemp("asset")
    guard_asset(ROOT_ONLY).build(output)
    return output


@pytest.fixture(scope="session")
def notifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The notifier's asset, built once as well."""
    from stacks.bundling import notifier_asset  # noqa: PLC0415

    output = tmp_path_factory.mktemp("notifier")
    notifier_asset().build(output)
    return output


@pytest.fixture(scope="session")
def channels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The channels' asset, built once as well."""
    from stacks.bundling import channels_asset  # noqa: PLC0415

    output = tmp_path_factory.mktemp("channels")
    channels_asset().build(output)
    return output
