"""An asset is all that its functions need beside Lambda's runtime: they start with nothing else around."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stacks.bundling import CHANNELS, LAMBDAS

# What boto3 brings into the runtime. jmespath, which comes with it too, is pinned in the asset: a pin is to
# be found missing here although the runtime would make up for it.
RUNTIME = ("boto3", "botocore", "dateutil", "s3transfer", "six", "urllib3")
PINS = [
    line.split("==")[0].strip()
    for line in (LAMBDAS / "requirements.txt").read_text("utf-8").splitlines()
    if "==" in line.split("#")[0]
]
START = """
import importlib, json, sys
function, event, *paths = sys.argv[1:]
sys.path += paths
handler = importlib.import_module(f"rootguard.handlers.{function}").handler
"""
# Answers an event.
ANSWER = START + "print(json.dumps(handler(json.loads(event), None)))"
# Imports what a function imports late, and what that imports late.
LATE = (
    START
    + """
import ast, pathlib
seen = set()
while names := {name for name in sys.modules if name.startswith("rootguard.")} - seen:
    for name in names:
        source = pathlib.Path(sys.modules[name].__file__).read_text("utf-8")
        functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
        for node in (node for function in functions for node in ast.walk(function)):
            if isinstance(node, ast.ImportFrom):
                importlib.import_module(node.module)
    seen |= names
print("imported", len(seen))
"""
)
RECORD = {"eventSource": "s3.amazonaws.com", "eventName": "PutObject", "eventID": "1"}
# No credentials: what is asked of AWS fails at once.
ENVIRONMENT = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "ROOTGUARD_ROLE_ARN": "arn:aws:iam::111122223333:role/rootguard-guard",
    "ROOTGUARD_TABLE": "rootguard-ledger",
    "ROOTGUARD_EXCEPTIONS": "rootguard-exceptions",
    "ROOTGUARD_NOTICES": "https://sqs.us-east-1.amazonaws.com/111122223333/rootguard-notices",
    "ROOTGUARD_RUNBOOKS": "docs/runbooks/",
    "ROOTGUARD_TOPIC_ARN": "arn:aws:sns:us-east-1:111122223333:rootguard",
    "ROOTGUARD_SECRET": "rootguard/channel",
    "ROOTGUARD_EVENTS_URL": "https://events.pagerduty.com",
    "ROOTGUARD_RESOLVE_WHEN_CLEAN": "true",
    "POWERTOOLS_SERVICE_NAME": "rootguard",
    "POWERTOOLS_METRICS_NAMESPACE": "Rootguard",
}


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Lambda's runtime has: boto3 and what that needs."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in RUNTIME:
        spec = importlib.util.find_spec(name)
        assert spec
        assert spec.origin
        source = Path(spec.origin)
        source = source.parent if source.name == "__init__.py" else source
        (folder / source.name).symlink_to(source)
    return folder


def start(
    asset: Path, runtime: Path, code: str = LATE, function: str = "guard", event: object = RECORD
) -> subprocess.CompletedProcess[str]:
    """Start a function in an interpreter that sees no other packages."""
    environment = {**ENVIRONMENT, "LAMBDA_TASK_ROOT": str(asset), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-I", "-S", "-B", "-c", code, function, json.dumps(event)]
    return subprocess.run(
        [*command, str(asset), str(runtime)], env=environment, capture_output=True, text=True, check=False
    )


def test_the_asset_and_the_runtimes_boto3_are_all_it_needs(asset: Path, runtime: Path) -> None:
    done = start(asset, runtime, ANSWER)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["reason"] == "not-a-policy-change"


FUNCTIONS = {"guard": "asset", "restore": "asset", "notifier": "notifier"} | dict.fromkeys(
    CHANNELS, "channels"
)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_starts_from_its_own_asset_with_all_that_it_imports_late(
    function: str, runtime: Path, request: pytest.FixtureRequest
) -> None:
    asset: Path = request.getfixturevalue(FUNCTIONS[function])
    done = start(asset, runtime, function=function)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("imported ")


@pytest.mark.parametrize("pin", PINS)
def test_without_any_one_of_its_pins_it_does_not_start(
    pin: str, asset: Path, runtime: Path, tmp_path: Path
) -> None:
    # Each of them is one module, or one package, of its own name, and what describes it.
    installed = {path.name for path in asset.glob(f"{pin.replace('-', '_')}*")}
    assert len(installed) == len(("the module", "its description"))
    for entry in asset.iterdir():
        if entry.name not in installed:
            (tmp_path / entry.name).symlink_to(entry)
    assert (tmp_path / "rootguard").is_dir()
    done = start(tmp_path, runtime)
    assert done.returncode == 1
    assert "ModuleNotFoundError" in done.stderr


@pytest.mark.parametrize("function", CHANNELS)
def test_a_channels_function_starts_and_asks_for_its_secret(
    function: str, channels: Path, runtime: Path
) -> None:
    done = start(channels, runtime, ANSWER, function, {"Records": []})
    assert done.returncode == 1
    assert 'SecretError: the secret "rootguard/channel" cannot be read' in done.stderr
