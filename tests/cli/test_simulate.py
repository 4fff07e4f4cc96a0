"""`rootguard simulate --history`: what passes, what does not, and what cannot be used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import REPOSITORY, Rootguard, Written

MET = """
why: A stranger's policy comes off Root.
steps:
  - {at: 100, by: diego, call: CreatePolicy, policy: A, says: deny ec2}
  - {at: 100, by: diego, call: AttachPolicy, policy: A, target: root, event: 15}
expect:
  - {at: 200, target: root, lacks: [A]}
  - {pages: 1, by: diego}
end: 300
"""
UNMET = MET.replace("lacks: [A]", "has: [A]")


def test_what_is_met_is_fine(rootguard: Rootguard, written: Written) -> None:
    result = rootguard("simulate", "--history", written("met.yaml", MET))
    assert result.exit_code == 0
    assert "✓ met.yaml" in result.stdout
    assert "A stranger's policy comes off Root." in result.stdout
    assert "1 of 1 passed" in result.stdout


def test_what_is_not_met_is_told_with_a_timeline(rootguard: Rootguard, written: Written) -> None:
    result = rootguard("simulate", "--history", written("unmet.yaml", UNMET))
    assert result.exit_code == 1
    said = " ".join(result.stdout.split())
    assert "✗ unmet.yaml" in said
    assert "At 200 s root lacks A. Attached there: p-FullAWSAccess, p-RCPFullAWSAccess." in said
    for line in ("100 s diego AttachPolicy A root", "115 s guard DetachPolicy A root", "0 of 1 passed"):
        assert line in said


@pytest.mark.parametrize(
    "arguments", [("--history", "a.yaml", "b.yaml"), ("--history", "a.yaml", "--history", "b.yaml")]
)
def test_json_has_each_file(rootguard: Rootguard, written: Written, arguments: tuple[str, ...]) -> None:
    written("a.yaml", MET)
    written("b.yaml", UNMET)
    result = rootguard("simulate", *arguments, "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "histories": [
            {"file": "a.yaml", "passed": True, "unmet": []},
            {
                "file": "b.yaml",
                "passed": False,
                "unmet": ["At 200 s root lacks A. Attached there: p-FullAWSAccess, p-RCPFullAWSAccess."],
            },
        ]
    }


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("why: x\nsteps: [{at: 1}]\n", "x.yaml:2: steps[0]: not a step"),
        ("why: x\nguardrail: {protections: []}\n", "x.yaml:2: guardrail: protections:"),
        (b"why: \xff\n", "x.yaml:1: not UTF-8 text; save it as UTF-8."),
        ("", "x.yaml:1: the file is empty; begin with why: …"),
    ],
)
def test_what_cannot_be_used_is_bad_input(
    rootguard: Rootguard, written: Written, content: str | bytes, said: str
) -> None:
    written("met.yaml", MET)
    result = rootguard("simulate", "--history", "met.yaml", written("x.yaml", content))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(said)
    result = rootguard("simulate", "--history", "x.yaml", "--json")
    assert json.loads(result.stdout)["error"].startswith(said)


@pytest.mark.parametrize("arguments", [(), ("--history", "nowhere.yaml"), ("--history", "a", "--seeds", "1")])
def test_wrong_usage_is_bad_input(rootguard: Rootguard, arguments: tuple[str, ...]) -> None:
    result = rootguard("simulate", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


def test_the_command_begins_anew_with_one_order_of_hashes(written: Written, folder: Path) -> None:
    script = folder / "rootguard"
    script.write_text(
        "import os\nfrom cli.main import main\nprint(os.environ.get('PYTHONHASHSEED'), flush=True)\nmain()\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), *sys.path])}
    environment.pop("PYTHONHASHSEED", None)
    arguments = [sys.executable, str(script), "simulate", "--json", "--history", written("met.yaml", MET)]
    ended = subprocess.run(
        arguments, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    first, second, document = ended.stdout.split("\n", 2)
    assert (first, second, ended.returncode) == ("None", "0", 0)
    assert json.loads(document)["histories"][0]["passed"]
