"""One local AWS for all tests here: it starts in half a second, and `begin_anew` empties it."""

from collections.abc import Iterator

import pytest

from drill.cloudtrail import Delivery
from drill.local_aws import ACCOUNT, LocalAws
from drill.organization import Organization
from tests.drill.organizations import Given, OverTheWire


@pytest.fixture(scope="session")
def started() -> Iterator[LocalAws]:
    with LocalAws.start() as aws:
        yield aws


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
