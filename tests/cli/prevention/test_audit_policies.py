"""Who can attach a policy to Root by which policy: inline, managed, a group's, within a boundary."""

from __future__ import annotations

import json

import pytest

from cli.prevention.audit.judgement import Part
from tests.cli.prevention.accounts import (
    ALLOW,
    DENY,
    EVERYTHING,
    NO,
    OU,
    OWN_SCPS,
    ROOT,
    UNCERTAIN,
    YES,
    Json,
    attached,
    audited,
    bounded,
    can,
    document,
    inline,
    judged,
    managed,
    page,
    role,
    user,
)

POWER_USER: Json = {
    "Effect": "Allow",
    "NotAction": ["iam:*", "organizations:*", "account:*"],
    "Resource": "*",
}
DESCRIBE: Json = {"Effect": "Allow", "Action": "organizations:DescribeOrganization", "Resource": "*"}


def on(*resources: str) -> Json:
    return ALLOW | {"Resource": list(resources)}


def but(*resources: str, effect: str = "Allow") -> Json:
    return {"Effect": effect, "Action": "organizations:*", "NotResource": list(resources)}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([EVERYTHING], YES),
        ([ALLOW], YES),
        ([ALLOW | {"Action": "ORGANIZATIONS:attach*"}], YES),
        ([ALLOW | {"Action": ["s3:*", "organizations:?ttachPolicy"]}], YES),
        ([ALLOW | {"Action": "organizations:DetachPolicy"}], NO),
        ([POWER_USER, DESCRIBE], NO),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], YES),
        # AWS asks about Root and about the policy.
        ([on(ROOT, OWN_SCPS)], YES),
        ([on(ROOT), on(OWN_SCPS)], YES),
        ([on("arn:aws:organizations::111122223333:root/o-*/r-*", "arn:aws:organizations::*:policy/*")], YES),
        ([on(ROOT)], NO),
        ([on(OWN_SCPS)], NO),
        ([on(OU, OWN_SCPS)], NO),
        ([on(ROOT.replace("r-exam", "r-other"), OWN_SCPS)], NO),
        # Only policies that lock nobody out.
        ([on(ROOT, OWN_SCPS.replace("service_control_policy", "tag_policy"))], NO),
        ([but(OU)], YES),
        ([but(ROOT)], NO),
        ([but("arn:aws:organizations::*:root/*")], NO),
        # An explicit Deny counts first, wherever it is, and on whichever of the two.
        ([EVERYTHING, DENY], NO),
        ([EVERYTHING, DENY | {"Resource": ROOT}], NO),
        ([EVERYTHING, DENY | {"Resource": OWN_SCPS}], YES),  # RCPs are left
        ([EVERYTHING, DENY | {"Resource": OU}], YES),
        ([EVERYTHING, {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}], NO),
        ([EVERYTHING, but(OU, effect="Deny")], NO),
        ([EVERYTHING, but(ROOT, OWN_SCPS, effect="Deny")], YES),
    ],
)
def test_statements_are_judged_as_iam_judges_them(statements: list[Json], expected: object) -> None:
    assert can(*statements) is expected


def test_the_types_that_are_left_are_said() -> None:
    found = judged(role(EVERYTHING, DENY | {"Resource": OWN_SCPS}))
    assert found.policy_types == ("RESOURCE_CONTROL_POLICY",)


def test_who_may_attach_certain_policies_only_is_said_to_with_these() -> None:
    one = OWN_SCPS.replace("*", "p-12345678")
    found = judged(role(on(ROOT, one)))
    assert (found.can, found.only) == (YES, ("p-12345678",))
    # A Deny of one policy leaves all others.
    assert judged(role(EVERYTHING, DENY | {"Resource": one})).only == ()


def test_any_policy_perhaps_is_worse_than_some_perhaps() -> None:
    some = on(ROOT, OWN_SCPS.replace("*", "p-12345678"))
    mfa = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
    assert judged(role(EVERYTHING | mfa, some | mfa)).only == ()
    assert judged(role(EVERYTHING | mfa, some)).only == ("p-12345678",)


def test_the_default_version_of_a_managed_policy_counts() -> None:
    entry = role(AttachedManagedPolicies=attached("Admin"))
    assert judged(entry, managed("Admin", EVERYTHING, old=DENY)).can is YES
    assert judged(entry, managed("Admin", DESCRIBE, old=EVERYTHING)).can is NO


def test_a_document_may_be_text_as_aws_sends_it() -> None:
    entry = role(RolePolicyList=[{"PolicyName": "own", "PolicyDocument": json.dumps(document(EVERYTHING))}])
    assert judged(entry).can is YES


def test_a_managed_policy_may_be_on_another_page() -> None:
    pages = page(role(AttachedManagedPolicies=attached("Admin"))), page(policies=(managed("Admin", ALLOW),))
    (found,) = audited(*pages)
    (grant,) = found.attaching.grants
    assert (grant.policy, grant.statement) == ("Admin", "statement 1")


def test_the_statement_that_gives_it_is_named_by_its_sid_or_its_place() -> None:
    found = judged(role(DESCRIBE, ALLOW | {"Sid": "AttachAnywhere"}, ALLOW))
    assert [(grant.policy, grant.statement) for grant in found.grants] == [
        ("own (inline)", "AttachAnywhere"),
        ("own (inline)", "statement 3"),
    ]


def test_a_group_gives_and_takes() -> None:
    admins = {"GroupName": "admins", "GroupPolicyList": inline(EVERYTHING, name="all")}
    careful = {"GroupName": "careful", "AttachedManagedPolicies": attached("NotRoot")}
    groups, not_root = (admins, careful), managed("NotRoot", DENY | {"Resource": ROOT})
    member = judged(user(GroupList=["admins"]), not_root, groups=groups)
    assert member.can is YES
    assert member.grants[0].policy == "all (inline, group admins)"
    assert judged(user(GroupList=["admins", "careful"]), not_root, groups=groups).can is NO
    assert judged(user(), not_root, groups=groups).can is NO


def test_a_boundary_must_allow_it_too() -> None:
    def within(*statements: Json) -> object:
        entry = role(EVERYTHING, PermissionsBoundary=bounded("Edge"))
        return judged(entry, managed("Edge", *statements)).can

    assert within(EVERYTHING) is YES
    assert within(POWER_USER) is NO
    assert within(EVERYTHING, DENY | {"Resource": ROOT}) is NO
    # It gives nothing by itself.
    assert judged(role(PermissionsBoundary=bounded("Edge")), managed("Edge", EVERYTHING)).can is NO


def test_what_could_not_be_read_is_uncertain() -> None:
    unread = judged(role(AttachedManagedPolicies=attached("Elsewhere")))
    assert unread.can is UNCERTAIN
    assert unread.doubts[0].policy == "Elsewhere"
    # It may deny what another policy allows.
    assert judged(role(EVERYTHING, AttachedManagedPolicies=attached("Elsewhere"))).can is UNCERTAIN
    assert judged(role(EVERYTHING, PermissionsBoundary=bounded("Edge"))).can is UNCERTAIN
    assert judged(user(GroupList=["gone"])).can is UNCERTAIN


def test_each_doubt_says_in_which_part_it_is() -> None:
    condition = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
    entry = role(
        EVERYTHING | condition, DENY | condition | {"Sid": "NoMfa"}, PermissionsBoundary=bounded("Edge")
    )
    found = judged(entry, managed("Edge", EVERYTHING | condition))
    assert {(doubt.part, doubt.policy) for doubt in found.doubts} == {
        (Part.ALLOW, "own (inline)"),
        (Part.DENY, "own (inline)"),
        (Part.BOUNDARY, "Edge (boundary)"),
    }
    assert {key for doubt in found.doubts for key in doubt.unknown} == {"aws:MultiFactorAuthPresent"}
