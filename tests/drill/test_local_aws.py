"""The local AWS starts with nothing of the drill's, and stops without leaving anything."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from drill.local_aws import LocalAws, LocalAwsError
from tests.drill.organizations import Given, OverTheWire
from tests.drill.workload import Queue, eventually, function

PS = shutil.which("ps") or "ps"


def group_of(leader: int) -> list[str]:
    """The processes of a process group, as ps shows them."""
    listed = subprocess.run([PS, "-eo", "pgid=,stat=,args="], check=True, capture_output=True, text=True)
    rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
    return [row[2] for row in rows if row[0] == str(leader) and not row[1].startswith("Z")]


def works(aws: LocalAws) -> None:
    """Leave a worker process behind, as every drill does."""
    made = function(aws, "return 'done'")
    answer = aws.client("lambda").invoke(FunctionName=made["FunctionName"])
    assert json.load(answer["Payload"]) == "done"


def busy(aws: LocalAws) -> None:
    """Leave a worker process in the middle of its work."""
    started = Queue(aws)
    made = function(
        aws,
        "import boto3, time; boto3.client('sqs')"
        f".send_message(QueueUrl={started.url!r}, MessageBody='{{}}'); time.sleep(60)",
    )
    aws.client("lambda").invoke(FunctionName=made["FunctionName"], InvocationType="Event")
    assert started.messages()


def test_nothing_is_left_after_the_end() -> None:
    with LocalAws.start() as aws:
        works(aws)
        assert len(group_of(aws.pid)) == 2
    assert group_of(aws.pid) == []
    assert not aws.home.exists()


@pytest.mark.parametrize("interruption", [RuntimeError, KeyboardInterrupt])
def test_nothing_is_left_after_an_interruption(interruption: type[BaseException]) -> None:
    def drill() -> None:
        with LocalAws.start() as aws:
            seen.append(aws)
            works(aws)
            raise interruption

    seen: list[LocalAws] = []
    with pytest.raises(interruption):
        drill()
    assert group_of(seen[0].pid) == []
    assert not seen[0].home.exists()


def test_nothing_runs_on_when_the_drill_was_killed() -> None:
    program = (
        "import time\n"
        "from drill.local_aws import LocalAws\n"
        "from tests.drill.test_local_aws import busy\n"
        "with LocalAws.start() as aws:\n"
        "    busy(aws)\n"
        "    print(aws.pid, aws.home, flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as drill:
        assert drill.stdout
        told = drill.stdout.readline().split()
        leader, home = int(told[0]), Path(told[1])
        assert len(group_of(leader)) == 2
        drill.send_signal(signal.SIGKILL)
    assert eventually(lambda: not group_of(leader))
    assert eventually(lambda: not home.exists())


def test_nothing_runs_on_when_the_server_was_killed() -> None:
    with LocalAws.start() as aws:
        busy(aws)
        os.kill(aws.pid, signal.SIGKILL)
    # A process that was just killed is still on its way out for a moment.
    assert eventually(lambda: not group_of(aws.pid))


def test_a_failed_start_shows_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/ls")
    with pytest.raises(LocalAwsError, match=r"(?s)did not start \(exit code 2\).*drill\.server"):
        LocalAws.start().__enter__()


def test_the_environment_of_the_drill_does_not_reach_the_functions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_DRILL", "1")
    with LocalAws.start() as aws:
        made = function(aws, "import os; return sorted(os.environ)")
        answer = aws.client("lambda").invoke(FunctionName=made["FunctionName"])
        names = json.load(answer["Payload"])
    assert "AWS_SESSION_TOKEN" in names
    assert "SECRET_OF_THE_DRILL" not in names


def test_beginning_anew_forgets_the_organization_but_not_what_is_deployed(
    aws: LocalAws, given: Given
) -> None:
    works(aws)
    functions = len(aws.client("lambda").list_functions()["Functions"])
    aws.begin_anew()
    assert aws.journal() == aws.records() == aws.pages() == []
    other = Given(OverTheWire(aws.client("organizations")))
    assert other.root != given.root
    assert len(aws.client("lambda").list_functions()["Functions"]) == functions
