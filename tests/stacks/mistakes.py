"""Files with one mistake each, and what the person who made it should be told."""

from typing import NamedTuple

ROOT_ONLY = "protections:\n- name: root\n  targets: [root]\n"


def with_protection(line: str) -> str:
    """A file whose fourth line is the one given, in an otherwise right protection."""
    return f"{ROOT_ONLY}  {line}\n"


def with_target(text: str) -> str:
    """A file whose one target, on the third line, is the text given."""
    return f"protections:\n- name: root\n  targets: [{text}]\n"


def trusting(service: str, who: str) -> str:
    return with_protection(f"trusted_principals: ['arn:{service}::111122223333:{who}']")


def with_name(text: str) -> str:
    """A file whose one name, on the second line, is the text given."""
    return f"protections:\n- name: {text}\n  targets: [root]\n"


NAME = "protections[0].name"
TARGET = "protections[0].targets[0]"
TRUSTED = "protections[0].trusted_principals[0]"
ALLOW = "protections[0].allow[0]"
PIN = "protections[0].pin_accounts[0]"


class Mistake(NamedTuple):
    """A file, and the line, field, trouble and fix to be told."""

    text: str
    line: int | None
    field: str
    trouble: str
    fix: str


def in_quarantine(line: str) -> str:
    """A file whose sixth line is the one given, in an otherwise right quarantine."""
    return f"{ROOT_ONLY}quarantine:\n  root_id: r-exam\n  {line}\n"


def in_rehearsal(line: str) -> str:
    """A file whose sixth line is the one given, in an otherwise right rehearsal."""
    return f"{ROOT_ONLY}rehearsal:\n  root_id: r-exam\n  {line}\n"


DATE, WINDOW = "rehearsal.blocked_dates[0]", "rehearsal.blocked_windows[0]"
FORENSIC = "quarantine.forensic_roles[0]"

_ROWS: list[tuple[str, int | None, str, str, str]] = [
    (with_target("r-exam"), 3, TARGET, "a root's id", 'write "root"'),
    (f"{ROOT_ONLY}quarantine: {{root_id: root}}\n", 4, "quarantine.root_id", "not a root's id", "list-roots"),
    (f"{ROOT_ONLY}quarantine: {{ou_name: Q}}\n", 4, "quarantine.root_id", "is missing", "root_id"),
    (in_quarantine("ou_name: ' Q'"), 6, "quarantine.ou_name", "not a name of an OU", "64"),
    (in_quarantine("forensic_roles: ['*']"), 6, FORENSIC, "exact but for its account", "role/Forensics"),
    (in_quarantine("forensic_roles: ['arn:aws:iam::*:role/*']"), 6, FORENSIC, "exact", "role/"),
    (in_quarantine("forensic_roles: ['arn:aws:iam::*:role/Forensic*']"), 6, FORENSIC, "exact", "another *"),
    (in_quarantine("forensic_roles: ['arn:*:iam::*:role/Forensics']"), 6, FORENSIC, "exact", "another *"),
    (in_quarantine("forensic_roles: ['arn:aws:iam::*:user/anna']"), 6, FORENSIC, "not the ARN", "role/"),
    (in_quarantine("forensic_roles: ['arn:aws:iam::*:role/AWSReservedSSO_Forensics_*']"), 6, FORENSIC,
     "lacks the role's path", "aws-reserved/sso.amazonaws.com"),
    (f"{ROOT_ONLY}rehearsal: {{root_id: root}}\n", 4, "rehearsal.root_id", "not a root's id", "list-roots"),
    (in_rehearsal("at: '24:00'"), 6, "rehearsal.at", "no time of the day", '"10:30"'),
    (in_rehearsal("at: '9:00'"), 6, "rehearsal.at", "no time of the day", '"10:30"'),
    (in_rehearsal("within_seconds: 9"), 6, "rehearsal.within_seconds", "out of range", "at least 10"),
    (in_rehearsal("within_seconds: 601"), 6, "rehearsal.within_seconds", "out of range", "at most 600"),
    (in_rehearsal("blocked_windows: [Mon:18:00-Mon:08:00]"), 6, WINDOW, "not end later", "24:00"),
    (in_rehearsal("blocked_windows: [Mon:18:00-Tue:08:00]"), 6, WINDOW, "not end later", "24:00"),
    (in_rehearsal("blocked_windows: [mon:08:00-mon:18:00]"), 6, WINDOW, "no window of the week", "Mon:"),
    (in_rehearsal("blocked_windows: [Mon:08:00-Mon:08:00]"), 6, WINDOW, "not end later", "24:00"),
    (in_rehearsal("blocked_dates: ['2026-02-30']"), 6, DATE, "in no calendar", "a date that there is"),
    (in_rehearsal("blocked_dates: ['24.12.2026']"), 6, DATE, "is no date", "2026-12-24"),
    (with_target("Root"), 3, TARGET, "small letters", 'write "root"'),
    (with_target("111122223333"), 3, TARGET, "not text", 'quote it: "111122223333"'),
    # All digits below 8 make it an octal number, which YAML would read as another account.
    (with_target("012345670123"), 3, TARGET, "not text", 'quote it: "012345670123"'),
    (with_target('"1111-2222-3333"'), 3, TARGET, "not an account's id", "12 digits"),
    (with_target('"11112222333"'), 3, TARGET, "not an account's id", "12 digits"),
    (with_target("ou-12345678"), 3, TARGET, "no target", "ou-exam-12345678"),
    (with_target("OU-exam-12345678"), 3, TARGET, "no target", "ou-exam-12345678"),
    (with_target("arn:aws:organizations::111122223333:ou/o-a1b2c3d4e5/ou-exam-12345678"), 3, TARGET,
     "is an ARN", "the id alone"),
    (with_target("p-12345678"), 3, TARGET, "policy's id", "allow"),
    (with_target("p-FullAWSAccess"), 3, TARGET, "not a target", "never detached"),
    (with_target(""), 3, "protections[0].targets", "empty", "at least one"),
    ("protections:\n- name: root\n  targets: root\n", 3, "protections[0].targets", "not a list", "- value"),
    (with_target('!!int "+-5"'), 3, "", "not usable YAML: !!int is a tag", "the value alone"),
    (with_target("9" * 20), 3, TARGET, "not an account's id", "12 digits"),
    (with_target("[root]"), 3, TARGET, "not text", "quotes"),
    ("protections: []\n", 1, "protections", "empty", "at least one"),
    ("protections:\n", 1, "protections", "empty", "remove the key"),
    ("mode: enforce\n", 1, "protections", "missing", "protections:"),
    ("protections: [root]\n", 1, "protections[0]", "not a mapping", "key: value"),
    ("protections:\n- targets: [root]\n", 2, "protections[0].name", "missing", "name:"),
    ("protections:\n- name: ' a'\n  targets: [root]\n", 2, "protections[0].name", "not a name", "64"),
    (with_name('"a\\tb"'), 2, NAME, "not a name", "printable"),
    (with_name('"a\\nb"'), 2, NAME, "not a name", "printable"),
    (with_name('"a\\eb"'), 2, NAME, "not a name", "printable"),
    (with_name("a\u202eb"), 2, NAME, "not a name", "printable"),
    (with_name("010"), 2, NAME, "not text to YAML", 'quote it: "010"'),
    (ROOT_ONLY + "mode: off\n", 4, "mode", '"off"', '"enforce" or "observe"'),
    (ROOT_ONLY + "mod: enforce\n", 4, "mod", "unknown key", 'write "mode"'),
    (ROOT_ONLY + "mode: !!bool 'enforce'\n", 4, "", "not usable YAML: !!bool is a tag", "the value alone"),
    (with_protection("include_descendants: !!bool 'enforce'"), 4, "", "not usable YAML: !!bool is a tag",
     "the value alone"),
    (with_protection("allow: !!set {p-12345678}"), 4, "", "not usable YAML: !!set is a tag",
     "the value alone"),
    (with_protection("allow: !mine [p-12345678]"), 4, "", "not usable YAML: !mine is a tag",
     "the value alone"),
    (ROOT_ONLY + "policies: []\n", 4, "policies", "unknown key",
     "mode, trusted_principals, protections, lockout_alert_accounts, pages, sweep"),
    (with_protection("Trusted-Principals: []"), 4, "protections[0].Trusted-Principals", "unknown key",
     'write "trusted_principals"'),
    (with_protection("include_descendants: 'true'"), 4, "protections[0].include_descendants",
     "truth value", "true or false"),
    (with_protection("policy_types: [TAG_POLICY]"), 4, "protections[0].policy_types[0]",
     'unknown policy type "TAG_POLICY"', "SERVICE_CONTROL_POLICY or RESOURCE_CONTROL_POLICY"),
    (with_protection("policy_types: [SCP]"), 4, "protections[0].policy_types[0]",
     'unknown policy type "SCP"', "SERVICE_CONTROL_POLICY or RESOURCE_CONTROL_POLICY"),
    (with_protection("policy_types: []"), 4, "protections[0].policy_types", "empty", "at least one"),
    (with_protection("on_violation: detach"), 4, "protections[0].on_violation", '"detach"',
     '"revert" or "alert"'),
    (with_protection("allow: [p-1234567]"), 4, ALLOW, "not a policy's id", "p-12345678"),
    (with_protection("trusted_principals: ['arn:aws:iam::111122223333:role/*']"), 4, TRUSTED,
     "wildcard", "exact ARN"),
    (with_protection("trusted_principals: ['arn:aws:sts::111122223333:assumed-role/Admin/diego']"), 4,
     TRUSTED, "is a session", "the role's own ARN"),
    (with_protection("trusted_principals: ['arn:aws:iam::111122223333:root']"), 4, TRUSTED,
     "not the ARN of an IAM role or user", "arn:aws:iam::"),
    (with_protection("trusted_principals: [Admin]"), 4, TRUSTED, "not the ARN", "arn:aws:iam::"),
    (ROOT_ONLY + "trusted_principals: [Admin]\n", 4, "trusted_principals[0]", "not the ARN", "arn:aws:iam::"),
    (trusting("aws:iam", "role/AWSReservedSSO_Admin_1a2b"), 4, TRUSTED, "lacks the role's path",
     "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/REGION/AWSReservedSSO_Admin_1a2b"),
    (trusting("aws-cn:iam", "role/aws-reserved/AWSReservedSSO_Admin_1a2b"), 4, TRUSTED,
     "lacks the role's path", "arn:aws-cn:iam::111122223333:role/aws-reserved/sso.amazonaws.com/"),
    (trusting("aws:iam", "role/AWSControlTowerAdmin"), 4, TRUSTED, "lacks the role's path",
     "arn:aws:iam::111122223333:role/service-role/AWSControlTowerAdmin"),
    (trusting("aws:iam", "role/AWSServiceRoleForSSO"), 4, TRUSTED, "lacks the role's path",
     "arn:aws:iam::111122223333:role/aws-service-role/SERVICE/AWSServiceRoleForSSO"),
    (trusting("aws:sts", "assumed-role/AWSReservedSSO_Admin_1a2b/diego"), 4, TRUSTED, "is a session",
     "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/REGION/AWSReservedSSO_Admin_1a2b"),
    (with_protection("restore_policy_type: 'true'"), 4, "protections[0].restore_policy_type",
     "truth value", "true or false"),
    (with_protection("restore_policy_types: true"), 4, "protections[0].restore_policy_types", "unknown key",
     'write "restore_policy_type"'),
    (with_protection("pin_accounts: [444455556666]"), 4, PIN, "not text", 'quote it: "444455556666"'),
    (with_protection("pin_accounts:\n  - '44445555666'\n"), 5, PIN, "not an account's id", "12 digits"),
    (with_protection("pin_accounts: [r-exam]"), 4, PIN, "a root's id", 'write "root"'),
    (with_protection("pin_accounts: [p-12345678]"), 4, PIN, "policy's id, not a target", "remove it"),
    (with_protection("pin_accounts: [audit]"), 4, PIN, "no target", "12 digits in quotes"),
    (with_protection("pin_accounts: root"), 4, "protections[0].pin_accounts", "not a list", "- value"),
    (with_protection("pin_accounts: [root, root]"), 4, "protections[0].pin_accounts[1]",
     "already on line 4", "repetition"),
    (ROOT_ONLY + "pages:\n  email: [oncall]\n", 5, "pages.email[0]", "not an e-mail", "oncall@example.com"),
    (ROOT_ONLY + "pages:\n  email: [a@b]\n", 5, "pages.email[0]", "not an e-mail", "oncall@example.com"),
    (ROOT_ONLY + "pages:\n  email: [a@example.]\n", 5, "pages.email[0]", "not an e-mail",
     "oncall@example.com"),
    (ROOT_ONLY + "pages:\n  email:\n", 5, "pages.email", "empty", "remove the key"),
    (ROOT_ONLY + "pages:\n  sms: ['0120555010']\n", 5, "pages.sms[0]", "E.164", "+12065550100"),
    (ROOT_ONLY + "pages:\n  sms: [+12065550100]\n", 5, "pages.sms[0]", "not text", '"+12065550100"'),
    (ROOT_ONLY + "pages:\n  teams: []\n", 5, "pages.teams", "unknown key",
     "email, sms, slack, pagerduty, runbooks"),
    (ROOT_ONLY + "pages:\n  slack: []\n", 5, "pages.slack", "is not a mapping", "key: value"),
    (ROOT_ONLY + "pages:\n  slack: {webhook_secret: https://hooks.example.com/T0/B0/x}\n", 5,
     "pages.slack.webhook_secret", '"…" is not the name of a secret', "the secret's value"),
    (ROOT_ONLY + "pages:\n  pagerduty: {routing_key_secret: R0123456789abcdefghijklmnopqrstu}\n", 5,
     "pages.pagerduty.routing_key_secret", '"…" is not the name of a secret', "the secret's value"),
    (ROOT_ONLY + "pages:\n  pagerduty: {routing_key_secret: a, events_url: http://events.pagerduty.com}\n", 5,
     "pages.pagerduty.events_url", "is not where PagerDuty takes events", "https://events.pagerduty.com"),
    (ROOT_ONLY + "pages:\n  runbooks: https://wiki.example.com/rootguard\n", 5, "pages.runbooks",
     "is not the start of a URL", "up to the last slash"),
    (ROOT_ONLY + "sweep: {every_minutes: 0}\n", 4, "sweep.every_minutes", "out of range", "at least 1"),
    (ROOT_ONLY + "sweep: {every_minutes: 61}\n", 4, "sweep.every_minutes", "out of range", "at most 60"),
    (ROOT_ONLY + "sweep: {every_minutes: 010}\n", 4, "sweep.every_minutes",
     "010 is not a decimal number to YAML", "without the zero"),
    (ROOT_ONLY + "sweep: {every_minutes: 08}\n", 4, "sweep.every_minutes",
     "08 is not a decimal number to YAML", "without the zero"),
    (ROOT_ONLY + "lockout_alert_accounts: 00\n", 4, "lockout_alert_accounts", "not a decimal number to YAML",
     "without the zero"),
    (ROOT_ONLY + "sweep: {every_minutes: often}\n", 4, "sweep.every_minutes", '"often"', "digits"),
    (ROOT_ONLY + "delegated_administrators: {accounts: ['444455556666']}\n", 4,
     "delegated_administrators.organization", "missing", "organization:"),
    (ROOT_ONLY + "delegated_administrators: {organization: example, accounts: ['444455556666']}\n", 4,
     "delegated_administrators.organization", "not an organization's id", "describe-organization"),
    (ROOT_ONLY + "delegated_administrators: {organization: o-exampleorgid, accounts: []}\n", 4,
     "delegated_administrators.accounts", "empty", "at least one"),
    (ROOT_ONLY + "delegated_administrators: {organization: o-exampleorgid, accounts: ['4444']}\n", 4,
     "delegated_administrators.accounts[0]", "not an account's id", "12 digits"),
    (ROOT_ONLY + "delegated_administrators: {organization: o-exampleorgid, accounts: [444455556666]}\n", 4,
     "delegated_administrators.accounts[0]", "not text", 'quote it: "444455556666"'),
    (ROOT_ONLY + "delegated_administrators:\n  organization: o-exampleorgid\n  accounts:\n"
     "  - '444455556666'\n  - '444455556666'\n", 8, "delegated_administrators.accounts[1]",
     "already on line 7", "repetition"),
    (ROOT_ONLY + "- name: root\n  targets: [ou-exam-12345678]\n", 4, "protections[1].name",
     "already on line 2", "its own name"),
    (ROOT_ONLY + "- name: b\n  targets: [root]\n", 5, "protections[1].targets[0]", "already on line 3",
     "one protection"),
    (with_target("root, root"), 3, "protections[0].targets[1]", "already on line 3", "one protection"),
    (with_protection("allow: [p-12345678, p-12345678]"), 4, "protections[0].allow[1]",
     "already on line 4", "repetition"),
    (ROOT_ONLY + "pages: {email: [a@b.c, a@b.c]}\n", 4, "pages.email[1]", "already on line 4", "repetition"),
    (ROOT_ONLY + "  targets: [ou-exam-12345678]\n", 4, "protections[0].targets",
     "already written on line 3", "keep one"),
    (ROOT_ONLY + "mode: [\n", 5, "", "not usable YAML", "syntax"),
    (ROOT_ONLY + "\tmode: enforce\n", 4, "", "not usable YAML", "syntax"),
    ("a: &x [root]\nb: *x\n", 2, "", "*x is an alias", "write the value out"),
    ("[" * 50, 1, "", "nested too deeply", "brackets"),
    ("a\x07b: 1\n", 1, "", "not usable YAML: U+0007 is unprintable", "remove"),
    ("mode: enforce\nmode\0: 1\n", 2, "", "not usable YAML: U+0000 is unprintable", "remove"),
    ("--- {}\n--- {}\n", 2, "", "not usable YAML", "syntax"),
    (with_name('"\\uD83D"'), 2, "", "not usable YAML: half a character", "the character itself"),
    ("", 1, "", "the file is empty", "protections"),
    ("# only a comment\n", 1, "", "the file is empty", "protections"),
    ("- root\n", 1, "", "not a mapping", "key: value"),
]  # fmt: skip
MISTAKES = [Mistake(*row) for row in _ROWS]
