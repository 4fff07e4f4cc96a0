"""What `rootguard init` writes for what it found: the shipped file, and comments."""

from __future__ import annotations

import io
import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from cli.drawing import Account, Unit
from cli.init.found import Found
from cli.init.look import show
from cli.init.on_root import judged
from cli.init.products import Suggestion, suggested
from cli.init.render import MOST_ROLES, MOST_UNITS, PLACES, TEMPLATE, rendered
from rootguard.domain.policy import FULL_ACCESS, Policy
from stacks.config import GuardrailConfig, load, read
from tests.cli.conftest import REPOSITORY
from tests.given import DENY_ALL, DENY_EC2, NOW, RCP, SCP

MANAGEMENT: Final = "111122223333"
ADMIN: Final = "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_AdministratorAccess_0a1b2c3d4e5f6a7b"
TOWER: Final = "service-role/AWSControlTowerAdmin"
FULL: Final = Policy(FULL_ACCESS[SCP], SCP, "FullAWSAccess")
HOSTILE: Final = (
    "a: b # c",
    "x\ntrusted_principals: [everyone]",
    "x\r\nmode: observe",
    "\u2028mode: observe",
    "\x85mode: observe",
    "\x00\x1b[31m\x7f",
    "- ]",
    "&a *b !c %TAG @d `e`",
    "\"'{}[],",
    "Prüfung 田中 🏢",
    "\ufeff\ufffe\ud800",
    "\u202eevil",
    "\t",
    "",
    "n" * 500,
)


def arn(role: str, account: str = MANAGEMENT) -> str:
    return f"arn:aws:iam::{account}:role/{role}"


def unit(number: int, name: str | None = None, *units: Unit, accounts: int = 0) -> Unit:
    held = tuple(Account(f"{each:012}", "one") for each in range(accounts))
    return Unit(f"ou-exam-{number:08}", name or f"Unit {number}", units, held)


def found(
    *units: Unit, roles: tuple[str, ...] = (), on_root: tuple[Policy, ...] = (FULL,), name: str = "main"
) -> Found:
    root = Unit("r-exam", "Root", units, (Account(MANAGEMENT, name),))
    standing = tuple(judged(each, [p for p in on_root if p.type == each], NOW) for each in FULL_ACCESS)
    trusted = suggested(map(arn, roles))
    return Found("o-exampleorg", MANAGEMENT, root, frozenset({SCP}), standing, trusted, "us-east-1")


def config_of(text: str) -> GuardrailConfig:
    reading = read(Path("guardrail.yaml"), "aws", text.encode())
    assert (reading.warnings, reading.notes) == ((), ())
    return reading.config


def uncommented(text: str, what: str) -> str:
    """The text, after someone removed the "# " before each line that names this."""
    return re.sub(rf"^( +)# (.*{re.escape(what)})", r"\1\2", text, flags=re.MULTILINE)


def test_it_begins_with_the_file_that_ships() -> None:
    # After a change there: cp guardrail.yaml cli/init/template.yaml
    assert TEMPLATE.read_bytes() == (REPOSITORY / "guardrail.yaml").read_bytes()


@pytest.mark.parametrize("place", PLACES, ids=str.strip)
def test_each_addition_has_one_place(place: str) -> None:
    assert TEMPLATE.read_text("utf-8").count(place) == 1


def test_every_line_that_ships_is_still_there_and_all_others_are_comments() -> None:
    text = rendered(found(unit(1), roles=(TOWER, ADMIN), on_root=(FULL, Policy("p-12345678", SCP, "Mine"))))
    shipped = TEMPLATE.read_text("utf-8").splitlines()
    left = iter(text.splitlines())
    # In their order: a look into the iterator goes on behind the line that it found.
    assert all(line in left for line in shipped if line != "trusted_principals: []")
    added = [line for line in text.splitlines() if line not in shipped]
    assert {line for line in added if not line.lstrip().startswith("#")} == {"trusted_principals: [", "]"}


def test_it_does_what_the_file_that_ships_does() -> None:
    text = rendered(found(unit(1), roles=(TOWER, ADMIN)))
    assert config_of(text) == load(TEMPLATE)


def test_the_organization_is_named() -> None:
    text = rendered(found(unit(1, accounts=2), name="Example Corp"))
    about = " ".join(text.split("\n\n")[0].replace("#", "").split())
    assert "organization o-exampleorg: 3 accounts and 1 OU" in about
    assert f'managed by account {MANAGEMENT} "Example Corp"' in about


def test_an_ou_is_suggested_with_the_names_that_lead_to_it() -> None:
    text = rendered(found(unit(1, "Workloads", unit(2, "Prod", accounts=1))))
    assert "      # - ou-exam-00000001  # Workloads (0 accounts)\n" in text
    assert "      # - ou-exam-00000002  # Workloads / Prod (1 account)\n" in text
    taken = config_of(uncommented(text, "Prod"))
    assert taken.protections[0].targets == ("root", "ou-exam-00000002")


def test_an_ou_that_was_not_listed_to_the_end_says_so() -> None:
    text = rendered(found(replace(unit(1), is_read=False)))
    assert "(0 accounts, not listed to the end)" in text
    assert "not all of them could be listed" in " ".join(text.replace("#", "").split())


def test_of_many_ous_those_further_up_are_shown_and_all_of_them_can_be_guarded() -> None:
    text = rendered(found(*(unit(n, f"Top {n}", unit(100 + n, "Below")) for n in range(30))))
    assert text.count("# - ou-") == MOST_UNITS
    assert all(f"  # Top {n} (" in text for n in range(30))
    assert f"# … and {60 - MOST_UNITS} OUs further down." in text
    assert len(config_of(uncommented(text, "- ou-")).protections[0].targets) == MOST_UNITS + 1


def test_what_is_on_root_is_listed_and_not_on_the_allow_list() -> None:
    text = rendered(found(on_root=(Policy("p-12345678", SCP, "Mine", content=DENY_EC2), FULL)))
    first, second = re.findall(r"^    #   SCP  (.+)$", text, re.MULTILINE)
    assert first == "p-FullAWSAccess  AWS's own full access"
    assert second == 'p-12345678  "Mine"'
    assert "LOCKOUT" not in text
    assert config_of(text).protections[0].allow == ()


def test_a_lockout_on_root_is_said_with_the_command_that_ends_it() -> None:
    here = found(on_root=(FULL, Policy("p-12345678", SCP, "Quarantine", content=DENY_ALL)))
    assert here.is_locked_out
    text = rendered(here)
    assert '#   SCP  p-12345678  "Quarantine"  LOCKOUT: it denies everything to everyone' in text
    command = "aws organizations detach-policy --policy-id p-12345678 --target-id r-exam"
    assert f"    #   {command}\n" in text
    config_of(text)


def test_a_lockout_of_several_policies_together_is_said() -> None:
    # Nothing but one service is allowed, since full access is not attached.
    only_s3 = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
    here = found(on_root=(Policy("p-12345678", SCP, "OnlyS3", content=only_s3),))
    assert here.is_locked_out
    assert "together, the SCPs on Root lock everyone out" in " ".join(rendered(here).replace("#", "").split())


def test_policies_that_cannot_be_read_are_no_lockout() -> None:
    assert not found(on_root=(Policy("p-12345678", SCP, "Unread"),)).is_locked_out


def test_the_enabled_types_are_named_and_what_is_missing() -> None:
    text = " ".join(rendered(found()).replace("#", "").split())
    assert f"Enabled in this organization: {SCP}. Not enabled: {RCP};" in text
    both = replace(found(), enabled=frozenset({SCP, RCP, "TAG_POLICY"}))
    text = " ".join(rendered(both).replace("#", "").split())
    assert f"Enabled in this organization: {RCP}, {SCP}, TAG_POLICY." in text
    assert "Not enabled" not in text


def test_a_suggested_role_is_trusted_as_soon_as_its_line_is_no_comment() -> None:
    text = rendered(found(roles=(TOWER, ADMIN)))
    assert config_of(text).trusted_principals == ()
    assert config_of(uncommented(text, TOWER)).trusted_principals == (arn(TOWER),)
    both = uncommented(uncommented(text, TOWER), ADMIN)
    assert config_of(both).trusted_principals == (arn(TOWER), arn(ADMIN))


def test_an_arn_with_a_comma_is_one_arn() -> None:
    odd = Suggestion("Control Tower", arn("a,b"), "is odd.")
    text = rendered(replace(found(), suggestions=(odd,)))
    assert config_of(uncommented(text, "a,b")).trusted_principals == (arn("a,b"),)


def test_of_many_roles_of_a_product_some_are_shown_and_how_to_list_them_all() -> None:
    roles = tuple(f"AWSAccelerator-Organizati-Custom{n:02}-1ABC" for n in range(MOST_ROLES + 3))
    text = rendered(found(roles=roles))
    assert text.count("role/AWSAccelerator") == MOST_ROLES
    assert "# … and 3 more: aws iam list-roles" in text


def test_without_such_roles_nothing_is_suggested() -> None:
    assert "trusted_principals: []\n" in rendered(found(roles=("unrelated",)))


@pytest.mark.parametrize(
    ("role", "product"),
    [
        (TOWER, "Control Tower"),
        ("AWSControlTowerExecution", "Control Tower"),
        ("AWSAccelerator-AccountsSt-CustomOrganizationsCreate-1ABC", "Landing Zone Accelerator"),
        ("AWSAccelerator-Organizati-CustomAttachPolicy-1ABC", "Landing Zone Accelerator"),
        ("AWSAccelerator-FinalizeSt-RevertScp-1ABC", "Landing Zone Accelerator"),
        ("CustomControlTowerStateMachineLambdaRole", "Customizations for Control Tower"),
        ("AWSAFTExecution", "Account Factory for Terraform"),
        ("AWSAFTService", "Account Factory for Terraform"),
        (ADMIN, "IAM Identity Center"),
        (ADMIN.replace("eu-west-1/", "").replace("Admin", "AWSAdmin"), "IAM Identity Center"),
        (ADMIN.replace("AdministratorAccess", "AWSOrganizationsFullAccess"), "IAM Identity Center"),
    ],
)
def test_a_role_is_known_by_its_path_and_name(role: str, product: str) -> None:
    (one,) = suggested([arn(role)])
    assert (one.arn, one.product) == (arn(role), product)
    assert one.means.endswith(".")


@pytest.mark.parametrize(
    "role",
    [
        "AWSControlTowerAdmin",  # without its path: someone else's
        "service-role/AWSControlTowerStackSetRole",  # reaches member accounts alone
        "aws-service-role/controltower.amazonaws.com/AWSServiceRoleForAWSControlTower",
        "AWSAccelerator-LoggingSta-Custom-1ABC",
        "AWSReservedSSO_AdministratorAccess_0a1b2c3d4e5f6a7b",  # without its path
        ADMIN.replace("AdministratorAccess", "AWSServiceCatalogAdminFullAccess"),
        ADMIN.replace("AdministratorAccess", "ReadOnlyAccess"),
        "MyAWSAFTExecution",
        "odd!/AWSAFTExecution",  # IAM takes it, guardrail.yaml does not
    ],
)
def test_what_only_looks_like_one_is_not_suggested(role: str) -> None:
    assert suggested([arn(role)]) == ()


def test_the_order_in_which_aws_lists_makes_no_difference() -> None:
    roles = (ADMIN, TOWER, "AWSAFTService", "AWSAFTExecution")
    policies = (Policy("p-22222222", SCP, "B"), FULL, Policy("p-11111111", SCP, "A"))
    one = rendered(found(unit(1), roles=roles, on_root=policies))
    assert one == rendered(found(unit(1), roles=roles[::-1], on_root=policies[::-1]))


def test_suggestions_are_in_the_order_of_products_and_then_of_arns() -> None:
    roles = [f"AWSAccelerator-Organizati-{n}" for n in range(9)]
    listed = [arn(role) for role in (ADMIN, *roles[::-1], TOWER)]
    assert [each.arn for each in suggested(listed)] == [arn(role) for role in (TOWER, *roles, ADMIN)]


NAMES = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=80), st.none())


@given(
    names=st.lists(NAMES, max_size=4),
    management=NAMES,
    policies=st.lists(NAMES, max_size=3),
    locked=st.booleans(),
    enabled=st.sets(st.one_of(st.sampled_from([SCP, RCP]), st.text(max_size=20)), max_size=4),
)
def test_whatever_the_organization_calls_its_things_the_file_does_the_same(
    names: list[str | None],
    management: str | None,
    policies: list[str | None],
    locked: bool,
    enabled: set[str],
) -> None:
    units = tuple(
        Unit(f"ou-exam-{n:08}", name, (Unit(f"ou-exam-1{n:07}", name),)) for n, name in enumerate(names)
    )
    content = DENY_ALL if locked else DENY_EC2
    on_root = tuple(Policy(f"p-{n:08}", SCP, name, content=content) for n, name in enumerate(policies))
    here = found(*units, roles=(TOWER,), on_root=on_root)
    here = replace(
        here,
        enabled=frozenset(enabled),
        root=replace(here.root, accounts=(Account(MANAGEMENT, management),)),
    )
    text = rendered(here)
    assert config_of(text) == load(TEMPLATE)
    assert yaml.safe_load(text) == yaml.safe_load(TEMPLATE.read_text("utf-8"))
    taken = config_of(uncommented(text, "- ou-"))
    assert set(taken.protections[0].targets) == {"root", *(each.id for each in here.root.walk())} - {"r-exam"}
    assert not re.search(r"[^\n\x20-\x7e\xa0-\U0010ffff]", text)


@pytest.mark.parametrize(
    ("region", "path", "check", "deploy"),
    [
        ("us-east-1", "guardrail.yaml", "rootguard validate --live\n", ": make deploy\n"),
        ("us-east-1", "x.yaml", "validate --live -c x.yaml\n", 'make deploy ARGS="-c config=x.yaml"\n'),
        ("us-east-1", "a b.yaml", "--live -c 'a b.yaml'\n", "make deploy ARGS=\"-c 'config=a b.yaml'\"\n"),
        (
            "us-east-1",
            "$a.yaml",
            "--live -c '$a.yaml'\n",
            "deploy ARGS=" + shlex.quote("-c 'config=$a.yaml'"),
        ),
        (
            "us-gov-west-1",
            "guardrail.yaml",
            "validate --live --region us-gov-west-1\n",
            'AWS_REGION=us-gov-west-1 make deploy ARGS="-c region=us-gov-west-1"\n',
        ),
    ],
)
def test_the_next_commands_fit_the_file_and_the_partition(
    region: str, path: str, check: str, deploy: str
) -> None:
    shown = io.StringIO()
    show(replace(found(), region=region), Path(path), Console(file=shown, width=100))
    lines = "".join(f"{line.rstrip()}\n" for line in shown.getvalue().splitlines())
    assert check in lines
    assert deploy in lines
