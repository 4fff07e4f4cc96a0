"""guardrail.yaml: what is accepted, and for what is not, the place, the trouble and the fix."""

import subprocess
import sys
from pathlib import Path

import pytest

from stacks import config
from stacks.config import ConfigError, Problem
from stacks.config_problems import MAX_PINS, MAX_TARGETS
from tests.stacks.mistakes import (
    MISTAKES,
    ROOT_ONLY,
    TARGET,
    Mistake,
    with_name,
    with_protection,
    with_target,
)

REPOSITORY = Path(__file__).parents[2]
SHIPPED = REPOSITORY / "guardrail.yaml"


def load(folder: Path, text: str) -> config.GuardrailConfig:
    file = folder / "guardrail.yaml"
    file.write_text(text, "utf-8")
    return config.load(file)


def problems(folder: Path, text: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as refused:
        load(folder, text)
    return refused.value.errors


def test_the_shipped_file_protects_root_and_wakes_nobody_yet() -> None:
    shipped = config.load(SHIPPED)
    assert shipped.render() == {
        "mode": "enforce",
        "lockout_alert_accounts": 10,
        "protections": [
            {
                "name": "root",
                "targets": ["root"],
                "include_descendants": False,
                "policy_types": ["SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"],
                "allow": [],
                "trusted_principals": [],
                "on_violation": "revert",
                "restore_policy_type": False,
                "pin_accounts": [],
            }
        ],
    }
    assert shipped.pages == config.Pages()


@pytest.mark.parametrize("partition", [None, "aws", "aws-us-gov", "aws-cn"])
def test_phone_numbers_are_refused_where_there_is_no_sms(tmp_path: Path, partition: str | None) -> None:
    file = tmp_path / "guardrail.yaml"
    file.write_text(f'{ROOT_ONLY}pages:\n  sms:\n  - "+12065550100"\n  - "+81312345678"\n', "utf-8")
    if partition != "aws-cn":
        assert config.load(file, partition).pages.sms == ("+12065550100", "+81312345678")
        return
    with pytest.raises(ConfigError) as refused:
        config.load(file, partition)
    first, second = refused.value.errors
    assert (first.line, first.field) == (6, "pages.sms[0]")
    assert (second.line, second.field) == (7, "pages.sms[1]")
    assert '"+12065550100" cannot be reached: SNS sends no text messages in the partition' in str(first)
    assert "name an e-mail address or a channel instead" in str(first)


def test_the_shipped_file_says_nothing_but_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path, ROOT_ONLY) == config.load(SHIPPED)


def test_a_full_file_is_rendered_without_pages_and_sweep(tmp_path: Path) -> None:
    text = """
mode: observe
protections:
  - name: production
    targets: [ou-exam-12345678, "012345678901"]
    include_descendants: true
    policy_types: [RESOURCE_CONTROL_POLICY]
    allow: [p-12345678]
    trusted_principals:
      - arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1a2b
      - arn:aws-us-gov:iam::111122223333:user/diego
    on_violation: alert
    restore_policy_type: true
    pin_accounts: [root, ou-exam-87654321, "444455556666"]
pages: {email: [oncall@example.com], sms: ["+12065550100"]}
sweep: {every_minutes: 5}
"""
    loaded = load(tmp_path, text)
    assert loaded.render() == {
        "lockout_alert_accounts": 10,
        "mode": "observe",
        "protections": [
            {
                "name": "production",
                "targets": ["ou-exam-12345678", "012345678901"],
                "include_descendants": True,
                "policy_types": ["RESOURCE_CONTROL_POLICY"],
                "allow": ["p-12345678"],
                "trusted_principals": [
                    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1a2b",
                    "arn:aws-us-gov:iam::111122223333:user/diego",
                ],
                "on_violation": "alert",
                "restore_policy_type": True,
                "pin_accounts": ["root", "ou-exam-87654321", "444455556666"],
            }
        ],
    }
    assert loaded.pages.sms == ("+12065550100",)
    assert loaded.sweep.every_minutes == 5


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.field} {mistake.trouble}")
def test_a_mistake_names_its_place_its_trouble_and_its_mend(tmp_path: Path, mistake: Mistake) -> None:
    (problem,) = problems(tmp_path, mistake.text)
    assert (problem.line, problem.field) == (mistake.line, mistake.field)
    assert mistake.trouble in problem.trouble
    assert mistake.fix in problem.fix


def test_a_problem_reads_as_one_line() -> None:
    problem = Problem("guardrail.yaml", 7, TARGET, '"r-exam" is a root\'s id', 'write "root"')
    assert str(problem) == (
        'guardrail.yaml:7: protections[0].targets[0]: "r-exam" is a root\'s id; write "root".'
    )
    assert str(Problem("guardrail.yaml", None, "", "cannot be read", "name another")) == (
        "guardrail.yaml: cannot be read; name another."
    )


@pytest.mark.parametrize("written", ["a\\nb", "\\e[2Ja", "a\\u202Eb"])
def test_what_a_terminal_would_obey_is_repeated_in_its_code(tmp_path: Path, written: str) -> None:
    (problem,) = problems(tmp_path, with_name(f'"{written}"'))
    assert str(problem).isprintable()
    shown = written.replace("\\e", "\\x1b").lower()
    assert f'"{shown}" is not a name' in str(problem).lower()


@pytest.mark.parametrize("name", ["root", "a", "Überall 東京 🔒", "a" * 64])
def test_a_name_is_anything_that_can_be_read(tmp_path: Path, name: str) -> None:
    assert load(tmp_path, with_name(name)).protections[0].name == name


def test_all_mistakes_are_shown_at_once_in_the_files_order(tmp_path: Path) -> None:
    text = """mode: off
protections:
  - name: a
    targets: [r-exam, 111122223333]
    allow: []
    allow: [p-1]
  - name: a
    targets: [root]
    alow: []
pages: {sms: [no]}
"""
    found = problems(tmp_path, text)
    assert [(problem.line, problem.field) for problem in found] == [
        (1, "mode"),
        (4, "protections[0].targets[0]"),
        (4, "protections[0].targets[1]"),
        (6, "protections[0].allow"),
        (7, "protections[1].name"),
        (9, "protections[1].alow"),
        (10, "pages.sms[0]"),
    ]
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, text)
    assert str(refused.value).splitlines() == [str(problem) for problem in found]


@pytest.mark.parametrize("key", ["deny", "denied"])
@pytest.mark.parametrize("policy", ["p-FullAWSAccess", "p-RCPFullAWSAccess"])
def test_full_access_in_a_deny_position_is_told_apart_from_an_unknown_key(
    tmp_path: Path, key: str, policy: str
) -> None:
    found = problems(tmp_path, with_protection(f"{key}: [{policy}]"))
    assert [problem.line for problem in found] == [4, 4]
    assert found[0].trouble == f'unknown key "{key}"'
    assert found[1].trouble == f'"{policy}" is to be denied'
    assert "always allowed and never detached" in found[1].fix


WATCH = "watch:\n  when: always\n"


def test_a_watch_without_root_has_nothing_to_look_at(tmp_path: Path) -> None:
    assert load(tmp_path, with_target("root") + WATCH).watch.when == "always"
    (problem,) = problems(tmp_path, with_target("ou-exam-12345678") + WATCH)
    assert (problem.field, "only Root is watched" in problem.trouble) == ("watch.when", True)


def test_a_watch_that_lambda_would_end_before_the_next_sweep_is_refused(tmp_path: Path) -> None:
    text = with_target("root") + WATCH + "sweep: {every_minutes: %d}\n"
    assert load(tmp_path, text % 14).sweep.every_minutes == 14
    (problem,) = problems(tmp_path, text % 15)
    assert (problem.field, problem.fix) == ("watch.when", "sweep every 14 minutes at least")


def test_more_targets_than_a_roles_permissions_can_name_are_refused(tmp_path: Path) -> None:
    ids = [f"ou-exam-{number:08}" for number in range(MAX_TARGETS + 1)]
    assert load(tmp_path, with_target(", ".join(ids[:-1]))).protections[0].targets[-1] == ids[-2]
    (problem,) = problems(tmp_path, with_target(", ".join(ids)))
    assert (problem.line, problem.field) == (1, "protections")
    assert "36 targets" in problem.trouble


def test_more_pins_than_a_roles_permissions_can_name_are_refused(tmp_path: Path) -> None:
    ids = [f'"{number:012}"' for number in range(MAX_PINS + 1)]
    first, second = ids[:-1], ids[-1:]
    accepted = load(tmp_path, with_protection(f"pin_accounts: [{', '.join(first)}]"))
    assert len(accepted.protections[0].pin_accounts) == MAX_PINS
    another = f"- name: b\n  targets: [ou-exam-12345678]\n  pin_accounts: [{second[0]}]\n"
    (problem,) = problems(tmp_path, with_protection(f"pin_accounts: [{', '.join(first)}]") + another)
    assert (problem.line, problem.field) == (1, "protections")
    assert "36 pinned" in problem.trouble
    assert "pin the OU" in problem.fix


def test_too_many_are_told_together_with_what_else_is_wrong(tmp_path: Path) -> None:
    ids = [f"ou-exam-{number:08}" for number in range(MAX_TARGETS)]
    pins = [f'"{number:012}"' for number in range(MAX_PINS)]
    text = f"""protections:
- name: root
  targets: [r-exam, {", ".join(ids)}]
  pin_accounts: [audit, {", ".join(pins)}]
sweep: {{every_minutes: 0}}
"""
    assert [(problem.line, problem.field) for problem in problems(tmp_path, text)] == [
        (1, "protections"),
        (1, "protections"),
        (3, "protections[0].targets[0]"),
        (4, "protections[0].pin_accounts[0]"),
        (5, "sweep.every_minutes"),
    ]


def test_principals_of_another_partition_are_told_where_the_partition_is_known(tmp_path: Path) -> None:
    file = tmp_path / "guardrail.yaml"
    arns = [f"arn:{of}:iam::111122223333:role/pipeline" for of in ("aws", "aws-us-gov", "aws-cn")]
    file.write_text(with_protection(f"trusted_principals: {arns}"), "utf-8")
    assert config.load(file).protections[0].trusted_principals == tuple(arns)
    with pytest.raises(ConfigError) as refused:
        config.load(file, "aws-us-gov")
    told = {problem.field.removeprefix("protections[0]."): problem for problem in refused.value.errors}
    assert list(told) == ["trusted_principals[0]", "trusted_principals[2]"]
    assert "partition aws, and the stack of aws-us-gov" in told["trusted_principals[0]"].trouble
    assert "arn:aws-us-gov:iam::" in told["trusted_principals[0]"].fix


def test_who_is_trusted_in_all_protections_is_rendered_into_each(tmp_path: Path) -> None:
    everywhere, here = (f"arn:aws:iam::111122223333:role/{name}" for name in ("pipeline", "network"))
    text = f"""
trusted_principals: [{everywhere}]
protections:
- {{name: root, targets: [root]}}
- {{name: network, targets: [ou-exam-12345678], trusted_principals: [{here}, {everywhere}]}}
"""
    root, network = load(tmp_path, text).render()["protections"]
    assert root["trusted_principals"] == [everywhere]
    assert network["trusted_principals"] == [everywhere, here]


def test_a_principal_of_another_partition_is_refused_for_all_protections_too(tmp_path: Path) -> None:
    file = tmp_path / "guardrail.yaml"
    file.write_text(ROOT_ONLY + "trusted_principals: ['arn:aws-cn:iam::111122223333:user/diego']\n", "utf-8")
    with pytest.raises(ConfigError) as refused:
        config.load(file, "aws")
    (problem,) = refused.value.errors
    assert (problem.line, problem.field) == (4, "trusted_principals[0]")


def remarks(folder: Path, text: str) -> tuple[list[str], list[str]]:
    file = folder / "guardrail.yaml"
    file.write_text(text, "utf-8")
    reading = config.read(file)
    return [str(each) for each in reading.warnings], [str(each) for each in reading.notes]


@pytest.mark.parametrize("policy", ["p-FullAWSAccess", "p-RCPFullAWSAccess"])
def test_full_access_on_an_allow_list_is_needless_not_wrong(tmp_path: Path, policy: str) -> None:
    text = with_protection(f"allow: [{policy}, p-12345678]")
    assert load(tmp_path, text).protections[0].allow == ("p-12345678",)
    warnings, (note,) = remarks(tmp_path, text)
    assert warnings == []
    assert f'guardrail.yaml:4: protections[0].allow[0]: "{policy}" need not be listed' in note


PIPELINE = "[arn:aws:iam::111122223333:role/pipeline]"


@pytest.mark.parametrize(
    ("more", "everywhere", "warned"),
    [
        ("", "[]", True),
        ("on_violation: revert, ", "[]", True),
        ("on_violation: alert, ", "[]", False),
        (f"trusted_principals: {PIPELINE}, ", "[]", False),
        ("", PIPELINE, False),
    ],
)
def test_undoing_all_below_a_target_while_nobody_is_trusted_is_warned_of(
    tmp_path: Path, more: str, everywhere: str, warned: bool
) -> None:
    text = f"""
trusted_principals: {everywhere}
protections:
- {{name: root, targets: [root]}}
- {{name: all, {more}targets: [ou-exam-12345678], include_descendants: true}}
"""
    warnings, notes = remarks(tmp_path, text)
    assert notes == []
    assert len(warnings) == warned
    assert all(": protections[1]: " in warning and "docs/works-with.md" in warning for warning in warnings)


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere.yaml"
    with pytest.raises(ConfigError) as refused:
        config.load(missing)
    assert str(refused.value).startswith(f"{missing}: cannot be read: No such file")


def test_a_file_that_is_not_text_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "guardrail.yaml"
    file.write_bytes(b"mode: enforce\nprotections: \xff\n")
    with pytest.raises(ConfigError) as refused:
        config.load(file)
    assert [(error.line, error.fix) for error in refused.value.errors] == [(2, "save it as UTF-8")]


def test_a_file_too_large_to_be_a_configuration_is_not_parsed(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, ROOT_ONLY + "#" * 256 * 1024)
    assert "bytes long" in problem.trouble


def test_the_models_come_without_the_cdk() -> None:
    """The operator's command imports them, and should not wait for Node to start."""
    code = "import sys, stacks.config; print('aws_cdk' in sys.modules, 'boto3' in sys.modules)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_a_line_break_at_the_end_makes_another_id(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, with_target('"root\\n"'))
    assert "is no target" in problem.trouble


@pytest.mark.parametrize("policy", ["p-12345678", "p-" + "a" * 128, "p-examplepolicyid111"])
def test_policy_ids_of_every_length_are_accepted(tmp_path: Path, policy: str) -> None:
    loaded = load(tmp_path, with_protection(f"allow: [{policy}]"))
    assert loaded.protections[0].allow == (policy,)
