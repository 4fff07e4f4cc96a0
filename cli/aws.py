"""What AWS says, read the way the function reads it, and what to do where AWS refuses.

`AWS_ENDPOINT_URL`, profiles and credentials are boto3's own business. The region is not the operator's usual
one: the stack is deployed where the partition shows Organizations calls.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from botocore.parsers import ResponseParserError

from cli.exits import ExitCode, TroubleError
from cli.lazily import Lazily
from cli.organization_tree import Tree, read_tree
from rootguard.aws.calls import CONFIG, ONE_ATTEMPT, Calls
from rootguard.aws.directory import Directory
from rootguard.aws.organizations import AwsOrganizations
from rootguard.aws.subscribers import subscriptions_of
from rootguard.domain.policy import Policy
from rootguard.ports import LedgerError, OrganizationsError, TargetGoneError
from stacks.names import ORGANIZATIONS_REGIONS, STACK

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_organizations import OrganizationsClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sts.type_defs import GetCallerIdentityResponseTypeDef

_BUSY_SECONDS: Final = 300.0
"""How long to come back to a busy organization when all of it is read."""

_LARGE_ANSWERS: Final = Config(
    connect_timeout=2, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 4}
)
"""A page of an account's details has the text of many policies."""


class DeniedError(TroubleError):
    """What IAM refused."""


class Aws:
    """The organization and the deployed stack. Connects when first asked.

    Every method raises TroubleError for what AWS refuses.

    Args:
        otherwise: what a person can do instead of asking AWS, in words that follow an advice.
    """

    def __init__(self, otherwise: str = "") -> None:
        self._otherwise = otherwise

    def outputs(self) -> Mapping[str, str] | None:
        """Return what the stack `Rootguard` says of itself, by name; None where there is none."""
        with self.asking("DescribeStacks"):
            try:
                answer = self._session.client("cloudformation", config=CONFIG).describe_stacks(
                    StackName=STACK
                )
            except ClientError as error:
                if _is_absent(error):
                    return None
                raise
            outputs = answer["Stacks"][0].get("Outputs", [])
            return {output["OutputKey"]: output["OutputValue"] for output in outputs}

    def deployed(self, *names: str) -> dict[str, str]:
        """Return the deployed stack's outputs. Raises TroubleError where it or one of these is not there."""
        outputs = self.outputs()
        if outputs is None:
            raise TroubleError(
                ExitCode.AWS_REFUSED,
                f"There is no stack {STACK} in this account.\n"
                "Sign in to the management account, or deploy it there with `make deploy`.",
            )
        for name in names:
            output_of(outputs, name)
        return dict(outputs)

    def stack_roles(self) -> frozenset[str] | None:
        """Return the names of the IAM roles that the stack made; None where there is no stack."""
        with self.asking("ListStackResources"):
            client = self._session.client("cloudformation", config=CONFIG)
            try:
                pages = list(client.get_paginator("list_stack_resources").paginate(StackName=STACK))
            except ClientError as error:
                if _is_absent(error):
                    return None
                raise
            resources = (each for page in pages for each in page["StackResourceSummaries"])
            return frozenset(
                each.get("PhysicalResourceId", "")
                for each in resources
                if each["ResourceType"] == "AWS::IAM::Role"
            )

    def authorization_details(self) -> list[Mapping[str, Any]]:
        """Return the pages of `iam:GetAccountAuthorizationDetails`: all users, roles and their policies."""
        with self.asking("GetAccountAuthorizationDetails"):
            client = self._session.client("iam", config=_LARGE_ANSWERS)
            return [*client.get_paginator("get_account_authorization_details").paginate()]

    def resource_policy(self) -> str:
        """Return the text of the organization's resource policy; empty if there is none."""
        with self.asking("DescribeResourcePolicy"):
            return Directory(self.client, management_account_id="").resource_policy()

    def organization_ids(self) -> tuple[str, str, str]:
        """Return the organization's id, its management account's, and the partition."""
        with self.asking("DescribeOrganization"):
            found = self.client.describe_organization()["Organization"]
            return found["Id"], found["MasterAccountId"], found["Arn"].split(":")[1]

    def user_id(self) -> str:
        """Return the caller's own `aws:userid`."""
        return self._identity["UserId"]

    def arn(self) -> str:
        """Return the caller's own ARN. Its second part is the partition."""
        return self._identity["Arn"]

    def account(self) -> str:
        """Return the account that the caller is signed in to."""
        return self._identity["Account"]

    def arn_of(self, kind: Literal["role", "user"], name: str) -> str | None:
        """Return the ARN, with its path, of the role or user of that name; None if this account has none."""
        iam = self._session.client("iam", config=CONFIG)
        with self.asking(f"Get{kind.title()}"):
            try:
                if kind == "role":
                    return iam.get_role(RoleName=name)["Role"]["Arn"]
                return iam.get_user(UserName=name)["User"]["Arn"]
            except iam.exceptions.NoSuchEntityException:
                return None

    def organization(self) -> tuple[str, str]:
        """Return the organization's id, and the id of the account that manages it."""
        with self.asking("DescribeOrganization"):
            found = self.client.describe_organization()["Organization"]
            return found["Id"], found["MasterAccountId"]

    def roles(self) -> tuple[str, ...]:
        """Return the ARNs of all roles of the account that the caller is signed in to."""
        with self.asking("ListRoles"):
            listing = self._session.client("iam", config=CONFIG).get_paginator("list_roles")
            return tuple(role["Arn"] for page in listing.paginate() for role in page["Roles"])

    @cached_property
    def _identity(self) -> GetCallerIdentityResponseTypeDef:
        with self.asking("GetCallerIdentity"):
            return self._session.client("sts", config=CONFIG).get_caller_identity()

    @cached_property
    def organizations(self) -> AwsOrganizations:
        """The organization as it is now. What it raises, `asking` turns into trouble."""
        # The SDK's own few retries are enough: a person can ask again.
        made = Lazily(lambda: AwsOrganizations(self.client, seconds_left=lambda: 0.0))
        return cast("AwsOrganizations", made)

    def policy(self, policy_id: str) -> Policy | None:
        """Return the policy, or None if there is none."""
        with self.asking("DescribePolicy"):
            return self.organizations.policy(policy_id)

    def root_id(self) -> str:
        """Return the organization's root."""
        with self.asking("ListRoots"):
            return self.organizations.root().id

    def target_name(self, target_id: str) -> str | None:
        """Return the name of an OU or account; None where the organization has no such."""
        with self.asking("naming the target"):
            try:
                return Directory(self.client, management_account_id="").target_name(target_id)
            except TargetGoneError:
                return None

    def dynamodb(self) -> DynamoDBClient:
        """Return a client for the ledger's table."""
        with self.asking("connecting to DynamoDB"):
            return self._session.client("dynamodb", config=CONFIG)

    def sqs(self) -> SQSClient:
        """Return a client for queues."""
        with self.asking("connecting to SQS"):
            return self._session.client("sqs", config=CONFIG)

    def subscriptions(self, topic_arn: str) -> Sequence[Mapping[str, Any]]:
        """Return all subscriptions of a topic, as `sns:ListSubscriptionsByTopic` lists them."""
        with self.asking("ListSubscriptionsByTopic"):
            return subscriptions_of(self._session.client("sns", config=CONFIG), topic_arn)

    def caller(self) -> str:
        """Return the caller's own ARN."""
        return self._identity["Arn"]

    def log_lines(self, group: str, since: datetime) -> tuple[str, ...]:
        """Return what a log group got since a moment, oldest first."""
        with self.asking("FilterLogEvents"):
            pages = self._session.client("logs", config=CONFIG).get_paginator("filter_log_events")
            found = pages.paginate(logGroupName=group, startTime=int(since.timestamp() * 1000))
            return tuple(event["message"] for page in found for event in page["events"])

    def connected(self, service: str, region: str | None = None, config: Config = CONFIG) -> Any:
        """Return a client for a service, in the stack's own region or in another one."""
        with self.asking(f"connecting to {service}"):
            # The overloads of boto3-stubs take literal names only.
            make: Any = self._session.client
            return make(service, region_name=region, config=config)

    def credentials(self) -> Any:
        """Return the caller's credentials, to sign with."""
        with self.asking("finding credentials"):
            found = self._session.get_credentials()
            if found is None:
                raise NoCredentialsError
            return found.get_frozen_credentials()

    @contextmanager
    def asking(self, operation: str, *, fix: str = "") -> Iterator[None]:
        """Turn what AWS refuses into trouble that a person can fix.

        Args:
            operation: the API's name of the call, for what does not tell it itself.
            fix: what to do if IAM refuses this call, if it is something special.
        """
        try:
            yield
        except OrganizationsError as error:
            raise self._refused(str(error), error.operation, error.code, fix) from error
        except LedgerError as error:
            raise self._refused(str(error), operation, _code(error.__cause__), fix) from error
        except ClientError as error:
            code, message = _code(error), error.response["Error"]["Message"]
            raise self._refused(f"{operation} failed with {code}: {message}", operation, code, fix) from error
        except BotoCoreError as error:
            code = _code(error)
            raise self._refused(f"{operation} failed with {code}: {error}", operation, code, fix) from error
        except (ResponseParserError, KeyError, ValueError) as error:
            # ValueError: an endpoint that is no URL. The others: an answer without what every answer has.
            what = f"{operation}: what answers is not AWS, or cannot be understood ({error})"
            raise self._refused(what, operation, "Endpoint", fix) from error

    def _refused(self, what: str, operation: str, code: str, fix: str) -> TroubleError:
        advice = next((known for applies, known in _FIXES if applies(code)), "Try again").format(
            operation=operation
        )
        if fix and is_denied(code):
            advice = fix
        kind = DeniedError if is_denied(code) else TroubleError
        return kind(ExitCode.AWS_REFUSED, f"{what.rstrip('.')}.\n{advice}{self._otherwise}.")

    @property
    def region(self) -> str:
        """The region where the stack is deployed, and where CloudTrail shows Organizations calls."""
        with self.asking("finding the region"):
            return self._session.region_name or ORGANIZATIONS_REGIONS["aws"]

    def tree(self) -> Tree:
        """Read the organization as it is now, every OU and account: minutes where there are thousands."""
        until = time.monotonic() + _BUSY_SECONDS
        # `Calls` tries again by itself, as long as there is time.
        client = self._session.client("organizations", config=ONE_ATTEMPT)
        calls = Calls(client, seconds_left=lambda: until - time.monotonic())
        with self.asking("ListRoots"):
            return read_tree(calls)

    @cached_property
    def client(self) -> OrganizationsClient:
        """A client for the Organizations API."""
        return self._session.client("organizations", config=CONFIG)

    @cached_property
    def _session(self) -> boto3.Session:
        session = boto3.Session()
        partition = session.get_partition_for_region(session.region_name or "us-east-1")
        return boto3.Session(region_name=ORGANIZATIONS_REGIONS.get(partition, session.region_name))


def output_of(outputs: Mapping[str, str], name: str) -> str:
    """Return one of the deployed stack's outputs. Raises TroubleError where it has no such."""
    if name not in outputs:
        raise TroubleError(
            ExitCode.AWS_REFUSED,
            f"The stack {STACK} has no output {name}: it is older than this command.\n"
            "Deploy it anew with `make deploy`.",
        )
    return outputs[name]


def _is_absent(error: ClientError) -> bool:
    # "AmazonCloudFormationException" in the API reference is ValidationError on the wire.
    found = error.response["Error"]
    return found["Code"] == "ValidationError" and "does not exist" in found["Message"]


def _code(error: BaseException | None) -> str:
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__


def _has(*words: str) -> Callable[[str], bool]:
    return lambda code: any(word in code for word in words)


is_denied: Final = _has("AccessDenied", "AuthorizationError", "UnauthorizedOperation")
"""Whether an error's code says that IAM refused. SNS calls it AuthorizationError."""
_FIXES: Final[tuple[tuple[Callable[[str], bool], str], ...]] = (
    (is_denied, "Use a role of the management account that may call {operation}"),
    (_has("NotInUse"), "This account is in no organization: sign in to the management account"),
    (
        _has("Credential", "Token", "SSO", "Login", "Signature", "ProfileNotFound", "Expired", "AuthFailure"),
        "Sign in to the management account, for example with `aws sso login`",
    ),
    (_has("Region"), "Check AWS_REGION and the profile's region"),
    (
        _has("Connect", "Timeout", "Endpoint", "HTTP", "SSL", "Proxy"),
        "Check the network and AWS_ENDPOINT_URL",
    ),
)
