"""`rootguard isolate`, `release` and `isolated`, against a function that answers as it is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from drill.local_aws import LocalAws
from tests.cli.conftest import Rootguard
from tests.cli.isolating import (  # noqa: F401 - fixtures
    BANK,
    DONE,
    SEEN,
    SHOP,
    As,
    Deployment,
    account,
    allowed,
    answer,
    aws,
    deploying,
    sign_in,
    started,
)

ISOLATE = ("isolate", SHOP, BANK, "--reason", "ticket 4711")


def test_it_shows_what_will_stop_asks_for_the_ids_again_and_moves(
    rootguard: Rootguard, deployment: Deployment
) -> None:
    result = rootguard(*ISOLATE, stdin=f"{BANK} {SHOP}\n")
    assert result.exit_code == 0, result.stderr
    for word in (
        "shop@example.com",
        'OU "Customers"',
        "Goes on",
        "running instances",
        "service-linked roles",
    ):
        assert word in result.stdout
    assert "Done, and on-call is paged." in result.stdout
    assert f"rootguard release {SHOP} {BANK}" in result.stdout
    assert deployment.asked == [("isolate", True), ("isolate", False)]
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


@pytest.mark.parametrize("typed", [f"{SHOP}\n", f"{SHOP} {BANK} 1\n", "y\n", ""])
def test_without_the_same_ids_nothing_is_moved(
    rootguard: Rootguard, deployment: Deployment, typed: str
) -> None:
    result = rootguard(*ISOLATE, stdin=typed)
    assert result.exit_code == 2
    assert "nothing was moved" in result.stderr
    assert deployment.asked == [("isolate", True)]


def test_a_dry_run_only_looks(rootguard: Rootguard, deployment: Deployment) -> None:
    result = rootguard(*ISOLATE, "--dry-run")
    assert (result.exit_code, deployment.asked) == (0, [("isolate", True)])
    assert "Nothing is moved yet. Asked by sara (AROAEXAMPLE)." in result.stdout


def test_what_is_refused_moves_nothing_and_says_what_overcomes_it(
    rootguard: Rootguard, deployment: Deployment
) -> None:
    why = "guardrail.yaml protects it (root)"
    deployment.answers(
        answer(account(outcome="refused", why=why, unless_twice=True), dry_run=True, paged=None)
    )
    result = rootguard("isolate", SHOP, "--reason", "x", "--yes")
    assert (result.exit_code, deployment.asked) == (1, [("isolate", True)])
    assert f"REFUSED: {why}. If you mean it, name the account twice" in " ".join(result.stdout.split())
    assert "Nothing was moved" in result.stdout


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (answer(account(outcome="failed", why="no luck"), account(BANK, "isolated")), "1 of 2 left. Run the"),
        (answer(account(outcome="not-begun", why="no time"), account(BANK, "isolated")), "1 of 2 left. Run"),
        (
            answer(account(outcome="isolated"), account(BANK, "isolated"), paged=False),
            "On-call was not paged",
        ),
    ],
)
def test_what_is_left_is_a_finding(
    rootguard: Rootguard, deployment: Deployment, done: dict[str, Any], said: str
) -> None:
    deployment.answers(done=done)
    result = rootguard(*ISOLATE, "--yes")
    assert (result.exit_code, said in result.stdout, "Done" in result.stdout) == (1, True, False)
    assert done["accounts"][0]["why"] in result.stdout


def test_with_json_only_yes_moves_anything(rootguard: Rootguard, deployment: Deployment) -> None:
    result = rootguard(*ISOLATE, "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (1, SEEN)
    assert deployment.asked == [("isolate", True)]
    result = rootguard(*ISOLATE, "--json", "--yes")
    assert (result.exit_code, json.loads(result.stdout)) == (0, DONE)
    assert deployment.asked == [("isolate", True), ("isolate", True), ("isolate", False)]


def test_a_release_shows_where_each_comes_back(rootguard: Rootguard, deployment: Deployment) -> None:
    home = {"id": "ou-exam-customer1", "name": "Customers"}
    deployment.answers(
        answer(account(outcome="would-release", home=home), verb="release", dry_run=True, paged=None),
        answer(account(outcome="released", home=home), verb="release"),
    )
    result = rootguard("release", SHOP, "--reason", "over", "--to", home["id"], stdin=f"{SHOP}\n")
    assert (result.exit_code, deployment.asked) == (0, [("release", True), ("release", False)])
    assert 'comes back to OU "Customers" (ou-exam-customer1)' in result.stdout
    assert 'released to OU "Customers"' in result.stdout
    assert "Goes on" not in result.stdout


def test_the_isolated_are_listed(rootguard: Rootguard, deployment: Deployment) -> None:
    unknown = account(BANK, since=None, by="", reason="", origin={"id": "", "name": ""})
    deployment.answers(listed=answer(account(), unknown, verb="list", paged=None))
    result = rootguard("isolated")
    assert result.exit_code == 1
    for word in ("2 accounts are isolated", "2026-11-27 09:00:00 UTC", "sara (AROAEXAMPLE)", "ticket 4711"):
        assert word in result.stdout
    assert "nobody knows" in result.stdout
    assert json.loads(rootguard("isolated", "--json").stdout)["verb"] == "list"
    deployment.answers(listed=answer(verb="list", paged=None))
    assert (result := rootguard("isolated")).exit_code == 0
    assert 'No account is isolated: OU "Quarantine" (ou-exam-quarant1) is empty.' in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("isolate", "44445555666", "--reason", "x"), "12 digits"),
        (("isolate", SHOP, "--reason", " "), "Give a reason"),
        (("release", SHOP, "--reason", "x", "--to", SHOP), "is no OU"),
    ],
)
def test_what_cannot_be_asked_is_bad_input_and_asks_nobody(
    rootguard: Rootguard, arguments: tuple[str, ...], said: str
) -> None:
    result = rootguard(*arguments)
    assert (result.exit_code, said in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ({"error": "STS does not take the signature."}, "STS does not take the signature."),
        ("fails", "out of memory\nRun the same command again"),
        (None, "Run the same command again"),
    ],
)
def test_what_the_function_refuses_is_said(
    rootguard: Rootguard, deployment: Deployment, seen: Any, said: str
) -> None:
    deployment.answers(seen)
    result = rootguard(*ISOLATE)
    assert result.exit_code == 3
    assert said in result.stderr


def test_who_may_not_invoke_it_hears_which_policy_helps(
    rootguard: Rootguard,
    deployment: Deployment,
    sign_in: As,  # noqa: F811
) -> None:
    sign_in(allowed("eve", "cloudformation:DescribeStacks"))
    result = rootguard(*ISOLATE)
    assert result.exit_code == 3
    assert "RootguardIsolator" in result.stderr
    assert deployment.heard.bodies(0) == []


def test_without_a_quarantine_ou_it_says_how_to_have_one(
    rootguard: Rootguard,
    aws: LocalAws,  # noqa: F811
    sign_in: As,  # noqa: F811
) -> None:
    sign_in(allowed("sara", "lambda:InvokeFunction", "cloudformation:DescribeStacks"))
    result = rootguard(*ISOLATE)
    assert result.exit_code == 3
    assert "Write `quarantine:` into guardrail.yaml" in result.stderr
