"""`rootguard prevention delegation`: print a resource policy that leaves Root out. Nothing is applied."""

from __future__ import annotations

from pathlib import Path

from cli import output
from cli.aws import Aws
from cli.exits import ExitCode, bad_input
from cli.inputs import read_config
from cli.prevention.delegation.answer import Answer, answer_for
from cli.prevention.delegation.document import Delegation, kept_from
from cli.prevention.delegation.live import check_account, places_of
from cli.prevention.delegation.look import show
from cli.prevention.delegation.places import protects_all
from cli.prevention.delegation.wish import Wish
from cli.prevention.signed_in import organization_of
from cli.progress import steps
from rootguard.domain.guardrail import Guardrail, guardrail_from_json


def run(wish: Wish, config: Path, out: Path | None, *, as_json: bool) -> ExitCode:
    """Print the policy or write it to `out`, explain it, and return the exit code. Raises TroubleError."""
    wish.check()
    guardrail = guardrail_from_json(read_config(config).render())
    if protects_all(guardrail):
        raise bad_input(
            f"{config}: Root is protected with all that is below it (include_descendants), so nothing is "
            "left to delegate; protect OUs instead, or keep the work on policies in the management account."
        )
    with steps(output.stderr()) as begin:
        begin("Read the organization, and what it delegates today")
        answer = _answer(wish, guardrail, Aws())
    if out is not None:
        output.write_file(out, answer.text)
    if out is None or as_json:
        output.write_text(answer.text)
    if not as_json:
        show(answer, output.stderr(), out, wish.command(config))
    return ExitCode.FINDING if answer.reaching else ExitCode.FINE


def _answer(wish: Wish, guardrail: Guardrail, aws: Aws) -> Answer:
    organization = organization_of(aws)
    check_account(wish.account_id, organization, aws)
    places = places_of(wish.targets, guardrail, organization, aws)
    if places.is_nowhere:
        raise bad_input("guardrail.yaml protects every OU and account, so nothing is left to delegate.")
    with aws.asking("DescribeResourcePolicy"):
        kept = kept_from(aws.resource_policy(), wish.account_id)
    return answer_for(Delegation(wish.account_id, wish.policy_types, places), kept, organization)
