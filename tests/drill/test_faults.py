"""A deployed function meets faults on the wire, and nobody else does."""

import json
from typing import Any

from drill.faults import faults
from drill.local_aws import LocalAws
from tests.drill.organizations import Given, OverTheWire
from tests.drill.workload import function

ASK = "import boto3; return list(boto3.client('organizations').list_roots()['Roots'][0])"
BUSY = {
    "service": "organizations",
    "operation": "ListRoots",
    "error": {"code": "ConcurrentModificationException", "status": 400},
}


def asked(aws: LocalAws, name: str) -> Any:
    return json.load(aws.client("lambda").invoke(FunctionName=name)["Payload"])


def test_a_function_meets_the_fault_as_often_as_told_and_not_after_the_end(aws: LocalAws) -> None:
    given = Given(OverTheWire(aws.client("organizations")))
    name = function(aws, ASK)["FunctionName"]
    assert "Id" in asked(aws, name)
    with faults(aws, name, [BUSY | {"times": 1}]) as wire:
        given.call("ListRoots")
        assert wire.fired() == []
        assert "ConcurrentModificationException" in asked(aws, name)["errorMessage"]
        assert "Id" in asked(aws, name)
        assert [(f["operation"], f["action"]) for f in wire.fired()] == [
            ("ListRoots", "error:ConcurrentModificationException")
        ]
    assert "Id" in asked(aws, name)


def test_the_caller_is_known_behind_the_proxy(aws: LocalAws) -> None:
    Given(OverTheWire(aws.client("organizations")))
    made = function(aws, ASK)
    with faults(aws, made["FunctionName"], []):
        assert "Id" in asked(aws, made["FunctionName"])
    assert aws.journal()[-1]["role_arn"] == made["Role"]
