"""The rules of the tree, each once: kept by the model, and by the local AWS over boto3."""

from drill.local_aws import ACCOUNT
from drill.organization import Organization
from tests.drill.organizations import Given, OverTheWire, refused

# The organization


def test_nothing_works_outside_an_organization(bare: Organization | OverTheWire) -> None:
    for operation in ("ListRoots", "ListAccounts", "DescribeOrganization"):
        code, _ = refused(lambda op=operation: bare.call(op, {}))  # type: ignore[misc]
        assert code == "AWSOrganizationsNotInUseException"


def test_an_account_founds_one_organization(new: Given) -> None:
    assert refused(lambda: new.call("CreateOrganization"))[0] == "AlreadyInOrganizationException"
    organization = new.call("DescribeOrganization")["Organization"]
    assert organization["MasterAccountId"] == ACCOUNT
    assert organization["FeatureSet"] == "ALL"


def test_a_new_organization_has_one_root_with_no_policy_type(new: Given) -> None:
    (root,) = new.call("ListRoots")["Roots"]
    assert root["PolicyTypes"] == []
    assert new.attached(new.root) == []


# The tree


def test_ids_and_arns_look_like_those_of_aws(enabled: Given) -> None:
    organization = enabled.call("DescribeOrganization")["Organization"]["Id"]
    unit = enabled.call("DescribeOrganizationalUnit", OrganizationalUnitId=enabled.unit())
    policy = enabled.call("DescribePolicy", PolicyId=enabled.policy())["Policy"]["PolicySummary"]
    prefix = f"arn:aws:organizations::{ACCOUNT}:"
    assert unit["OrganizationalUnit"]["Arn"] == (
        f"{prefix}ou/{organization}/{unit['OrganizationalUnit']['Id']}"
    )
    assert policy["Arn"] == f"{prefix}policy/{organization}/service_control_policy/{policy['Id']}"


def test_paths_lead_from_the_organization_to_the_unit_and_the_account(new: Given) -> None:
    organization = new.call("DescribeOrganization")["Organization"]["Id"]
    upper = new.unit("Workloads")
    lower = new.unit("Production", upper)
    account = new.account()
    new.call("MoveAccount", AccountId=account, SourceParentId=new.root, DestinationParentId=lower)
    path = f"{organization}/{new.root}/{upper}/{lower}/"
    described = new.call("DescribeOrganizationalUnit", OrganizationalUnitId=lower)
    assert described["OrganizationalUnit"]["Path"] == path
    described = new.call("DescribeAccount", AccountId=account)
    assert described["Account"]["Paths"] == [f"{path}{account}/"]


def test_a_new_account_stands_in_the_root(new: Given) -> None:
    account = new.account()
    parents = new.call("ListParents", ChildId=account)["Parents"]
    assert parents == [{"Id": new.root, "Type": "ROOT"}]
    assert new.call("DescribeAccount", AccountId=account)["Account"]["State"] == "ACTIVE"


def test_an_email_serves_one_account(new: Given) -> None:
    new.account("one")
    made = new.call("CreateAccount", AccountName="two", Email="one@example.com")
    status = made["CreateAccountStatus"]
    assert (status["State"], status["FailureReason"]) == ("FAILED", "EMAIL_ALREADY_EXISTS")
    found = new.call("DescribeCreateAccountStatus", CreateAccountRequestId=status["Id"])
    assert found["CreateAccountStatus"]["State"] == "FAILED"


def test_units_nest_five_deep(new: Given) -> None:
    parent = new.root
    for level in range(5):
        parent = new.unit(f"level {level}", parent)
    assert refused(lambda: new.unit("level 5", parent)) == (
        "ConstraintViolationException",
        "OU_DEPTH_LIMIT_EXCEEDED",
    )


def test_siblings_have_different_names(new: Given) -> None:
    first = new.unit("Sandbox")
    assert refused(lambda: new.unit("Sandbox"))[0] == "DuplicateOrganizationalUnitException"
    assert new.unit("Sandbox", first)


def test_a_parent_must_exist(new: Given) -> None:
    assert refused(lambda: new.unit(parent="ou-aaaa-bbbbbbbb"))[0] == "ParentNotFoundException"


def test_children_are_units_or_accounts(new: Given) -> None:
    unit, account = new.unit(), new.account()
    units = new.call("ListChildren", ParentId=new.root, ChildType="ORGANIZATIONAL_UNIT")
    accounts = new.call("ListChildren", ParentId=new.root, ChildType="ACCOUNT")
    assert units["Children"] == [{"Id": unit, "Type": "ORGANIZATIONAL_UNIT"}]
    assert {"Id": account, "Type": "ACCOUNT"} in accounts["Children"]
    listed = new.call("ListOrganizationalUnitsForParent", ParentId=new.root)
    assert [u["Id"] for u in listed["OrganizationalUnits"]] == [unit]


def test_moving_an_account_checks_all_three_ids(new: Given) -> None:
    account, unit, absent = new.account(), new.unit(), "ou-aaaa-bbbbbbbb"

    def move(who: str, source: str, destination: str) -> None:
        new.call(
            "MoveAccount",
            AccountId=who,
            SourceParentId=source,
            DestinationParentId=destination,
        )

    codes = [
        refused(lambda: move("999999999999", new.root, unit))[0],
        refused(lambda: move(account, absent, unit))[0],
        refused(lambda: move(account, new.root, absent))[0],
        refused(lambda: move(account, unit, new.root))[0],
        refused(lambda: move(account, new.root, new.root))[0],
    ]
    assert codes == [
        "AccountNotFoundException",
        "SourceParentNotFoundException",
        "DestinationParentNotFoundException",
        "SourceParentNotFoundException",
        "DuplicateAccountException",
    ]
    move(account, new.root, unit)
    inside = new.call("ListAccountsForParent", ParentId=unit)["Accounts"]
    assert [a["Id"] for a in inside] == [account]


def test_lists_come_in_pages_of_twenty_at_most(new: Given) -> None:
    for number in range(24):
        new.account(f"member-{number}")
    first = new.call("ListAccounts")
    assert len(first["Accounts"]) == 20
    second = new.call("ListAccounts", NextToken=first["NextToken"])
    assert len(second["Accounts"]) == 5
    assert "NextToken" not in second
    assert len(new.call("ListAccounts", MaxResults=3)["Accounts"]) == 3


def test_the_same_seed_makes_the_same_organization() -> None:
    first, second = Given(Organization(ACCOUNT)), Given(Organization(ACCOUNT))
    assert (first.root, first.unit(), first.account()) == (
        second.root,
        second.unit(),
        second.account(),
    )


def test_an_unknown_operation_is_refused() -> None:
    code, _ = refused(lambda: Organization(ACCOUNT).call("LeaveOrganization", {}))
    assert code == "InvalidAction"
