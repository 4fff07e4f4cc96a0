"""The request of 2023-12-05, done the safe way: some accounts of one customer are isolated at once.

The operator runs the real command, with no permission in Organizations at all.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any, Final

from botocore.exceptions import ClientError

from drill.local_aws import ACCOUNT
from drill.members import Member, felt
from drill.principals import Principal
from drill.scenarios.scenario import Scenario, nobody_was_paged, said_first
from drill.stage import Stage, content_of
from stacks.names import ISOLATION_ROLE_OUTPUT, ISOLATOR_OUTPUT, QUARANTINE_OUTPUT

_FINDS_THE_STACK: Final = content_of(
    {"Effect": "Allow", "Action": "cloudformation:DescribeStacks", "Resource": "*"}
)
SARA: Final = Principal(user="sara", policy=_FINDS_THE_STACK)
MALLORY: Final = Principal(user="mallory", policy=_FINDS_THE_STACK)
HOMES: Final = {"shop-prod": "Prod", "data-prod": "Prod", "shop-dev": "Dev"}
"""The customer's accounts, and the OUs in which they are."""
_ISOLATED: Final = "shop-prod"
"""The one of them whose people are at work all the time."""
_OTHER: Final = "lab"
_FORENSICS: Final = "Forensics"
GUARDRAIL: Final = {
    "quarantine": {"ou_name": "Isolated", "forensic_roles": [f"arn:aws:iam::*:role/{_FORENSICS}"]},
    # Beside it, so that one deployment is enough.
    "rehearsal": {"within_seconds": 10},
}
_DONE, _REFUSED, _DENIED = 0, 1, 3  # how the command ends


def _play(stage: Stage) -> None:
    _let_sara_isolate(stage)
    stage.adopt()
    isolated, other = Member.of(stage, _ISOLATED), Member.of(stage, _OTHER)
    forensics = Member.of(stage, _ISOLATED, _FORENSICS)
    for member in (isolated, other):
        member.works()
    accounts, before = [stage.targets[name] for name in HOMES], stage.answers("MoveAccount")
    stage.note("customer", f"asks to isolate {', '.join(HOMES)} at once")
    _run(stage, SARA, _DONE, "isolate", *accounts, "--reason", "ticket 4711")
    stage.note("sara", "runs rootguard isolate: the three are in the OU Isolated")
    for member in (isolated, other, forensics):
        member.works()
    stage.wait("the pages", lambda: len(stage.pages()) >= 4)  # noqa: PLR2004 - one for each channel
    _run(stage, SARA, _REFUSED, "isolated")  # it finds some
    _run(stage, SARA, _DONE, "release", *accounts, "--reason", "forensics are done")
    stage.note("sara", "runs rootguard release: each is back in the OU that it came from")
    for member in (isolated, other):
        member.works()
    stage.wait("the pages", lambda: len(stage.pages()) >= 8)  # noqa: PLR2004 - and once more
    stage.wait_for_answers("MoveAccount", before + 2 * len(HOMES))


def _play_refused(stage: Stage) -> None:
    _let_sara_isolate(stage)
    stage.adopt()
    _run(stage, SARA, _REFUSED, "isolate", stage.targets["lab"], ACCOUNT, "--reason", "ticket 4712")
    stage.note("sara", "asks for lab and the management account: it is refused, and nothing is moved")
    _run(stage, MALLORY, _DENIED, "isolate", stage.targets["lab"], "--reason", "none")
    stage.note("mallory", "asks for lab, without RootguardIsolator: IAM refuses it")


def _let_sara_isolate(stage: Stage) -> None:
    stage.aws.session(as_=SARA)
    policy = stage.deployment.outputs[ISOLATOR_OUTPUT]
    stage.aws.client("iam").attach_user_policy(UserName=SARA.user, PolicyArn=policy)


def _run(stage: Stage, as_: Principal, expected: int, verb: str, *arguments: str) -> str:
    """Run the operator's command as someone, and return its output. Raises RuntimeError for another end."""
    found = stage.aws.session(as_=as_).get_credentials()
    assert found is not None  # noqa: S101 - the drill made them
    keys = found.get_frozen_credentials()
    signed_in = {
        "AWS_ACCESS_KEY_ID": str(keys.access_key),
        "AWS_SECRET_ACCESS_KEY": str(keys.secret_key),
    }
    yes = ("--yes",) if verb in {"isolate", "release"} else ()
    done = subprocess.run(  # noqa: S603 - the checkout's own command
        [sys.executable, "-m", "rootguard", verb, *arguments, *yes, "--json"],
        env={**os.environ, **stage.aws.settings(), **signed_in},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode != expected:
        raise RuntimeError(f"rootguard {verb} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def _moves(stage: Stage, role: str) -> list[tuple[str, str]]:
    """Return which accounts a role moved in the scenario, and to where."""
    return [
        (call["params"]["AccountId"], call["params"]["DestinationParentId"])
        for call in stage.aws.journal()
        if call["operation"] == "MoveAccount"
        and call["role_arn"] == stage.deployment.outputs.get(role, role)
        and call["at"] >= stage.began
        and not call["error"]
    ]


def _moved_those_alone(stage: Stage) -> bool:
    unit = stage.deployment.outputs[QUARANTINE_OUTPUT]
    there = [(stage.targets[name], unit) for name in HOMES]
    back = [(stage.targets[name], stage.targets[home]) for name, home in HOMES.items()]
    return _moves(stage, ISOLATION_ROLE_OUTPUT) == there + back


def _is_in(name: str, home: str) -> Any:
    def check(stage: Stage) -> bool:
        parents = stage.aws.client("organizations").list_parents(ChildId=stage.targets[name])["Parents"]
        return bool(parents[0]["Id"] == stage.targets[home])

    return check


def _may_do_nothing_there(stage: Stage) -> bool:
    organizations = stage.aws.client("organizations", as_=SARA)
    try:
        organizations.list_roots()
    except ClientError as error:
        return bool(error.response["Error"]["Code"] == "AccessDeniedException")
    return False


def _was_paged_both_times(stage: Stage) -> bool:
    said = sorted(said_first(page).removeprefix("Rootguard ")[:8] for page in stage.pages())
    return said == ["ISOLATED"] * 4 + ["RELEASED"] * 4


def _report_has_both_ends(stage: Stage) -> bool:
    accounts = [stage.targets[name] for name in HOMES]
    report = _run(stage, SARA, _DONE, "isolation", "report", *accounts)
    return all(
        words in report for words in ("isolated 3 accounts: ticket 4711", "released 3 accounts: forensics")
    )


ISOLATE_AND_RELEASE = Scenario(
    name="isolate-and-release",
    title="three accounts of one customer are isolated at once, and released again, without touching an SCP",
    guardrail=GUARDRAIL,
    play=_play,
    must={
        "these three accounts were moved, and no other": _moved_those_alone,
        **{f"{name} is back in {home}": _is_in(name, home) for name, home in HOMES.items()},
        f"{_ISOLATED} could work before, not in quarantine, and again when it was released": felt(
            _ISOLATED, "allowed", "denied", "allowed"
        ),
        f"{_OTHER}, which nobody isolated, could work all the time": felt(
            _OTHER, "allowed", "allowed", "allowed"
        ),
        f"the role {_FORENSICS} could work in {_ISOLATED} while it was in quarantine": felt(
            _FORENSICS, "allowed"
        ),
        "whoever asked may call nothing in Organizations": _may_do_nothing_there,
        "the report says why they were isolated and why released": _report_has_both_ends,
        "the guard moved nothing back": lambda stage: not _moves(stage, stage.guard_role),
        "each channel was paged that they are isolated, and that they are released": _was_paged_both_times,
    },
)
ISOLATE_REFUSED = Scenario(
    name="isolate-refused",
    title="what isolation refuses: the management account, and whoever may not ask",
    guardrail=GUARDRAIL,
    play=_play_refused,
    must={
        "isolation moved nothing": lambda stage: not _moves(stage, ISOLATION_ROLE_OUTPUT),
        "lab is where it was": _is_in("lab", "Sandbox"),
        "nobody was paged": nobody_was_paged,
    },
)
SCENARIOS = (ISOLATE_AND_RELEASE, ISOLATE_REFUSED)
