"""One local AWS for all tests here: it starts in half a second, and `begin_anew` empties it.

Another one for those who need the real stack: to deploy it takes half a minute.
"""

from collections.abc import Iterator

import pytest

from drill.cloudtrail import Delivery
from drill.deployment import Deployment, deploy
from drill.local_aws import ACCOUNT, LocalAws
from drill.organization import Organization
from tests.drill.organizations import Given, OverTheWire


@pytest.fixture(scope="session")
def started() -> Iterator[LocalAws]:
    with LocalAws.start() as aws:
        yield aws


CONFIG = """
mode: enforce
protections:
  - name: root
    targets: [root]
pages:
  email: [oncall@example.com]
  sms: ["+15555550100"]
"""


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalAws, Deployment]]:
    """A local AWS of its own with the real stack on it, and with nobody's organization yet."""
    config = tmp_path_factory.mktemp("config") / "guardrail.yaml"
    config.write_text(CONFIG)
    with LocalAws.start() as aws:
        yield aws, deploy(aws, config)


@pytest.fixture
def aws(started: LocalAws) -> LocalAws:
    """A local AWS without organization or rules, and with nothing on its record."""
    started.delivery(Delivery())
    started.begin_anew()
    events = started.client("events")
    for rule in events.list_rules()["Rules"]:
        for target in events.list_targets_by_rule(Rule=rule["Name"])["Targets"]:
            events.remove_targets(Rule=rule["Name"], Ids=[target["Id"]])
        events.delete_rule(Name=rule["Name"])
    return started


@pytest.fixture
def given(aws: LocalAws) -> Given:
    """An organization with SCPs enabled, over the wire."""
    given = Given(OverTheWire(aws.client("organizations")))
    given.enable("SERVICE_CONTROL_POLICY")
    return given


@pytest.fixture(params=["model", "wire"])
def bare(request: pytest.FixtureRequest) -> Organization | OverTheWire:
    """AWS Organizations for an account without an organization, either way."""
    if request.param == "model":
        return Organization(ACCOUNT)
    aws: LocalAws = request.getfixturevalue("aws")
    return OverTheWire(aws.client("organizations"))


@pytest.fixture
def new(bare: Organization | OverTheWire) -> Given:
    """A new organization, either way."""
    return Given(bare)


@pytest.fixture
def enabled(new: Given) -> Given:
    """An organization with SCPs and RCPs enabled, either way."""
    new.enable("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
    return new
