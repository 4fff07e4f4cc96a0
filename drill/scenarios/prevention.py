"""The incident of 2023-12-05 once more, and the operator has the stack's permissions boundary."""

from __future__ import annotations

from collections.abc import Callable

from botocore.exceptions import ClientError

from drill.cloudtrail import Delivery
from drill.local_aws import ACCOUNT
from drill.principals import Principal
from drill.scenarios.incident import DELIVERY_SECONDS
from drill.scenarios.scenario import Scenario, guard_wrote_nothing, paged_once, root_is_as_before
from drill.stage import DENY_ALL, Stage
from stacks.names import PROTECT_BOUNDARY

# A role of his own, which may do everything: the operator of the other scenarios would keep the boundary.
DIEGO = Principal(role="OrganizationOperator", session="diego", console=True, mfa=True)
_BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/{PROTECT_BOUNDARY}"


def _play(stage: Stage) -> None:
    stage.aws.session(as_=DIEGO)
    iam = stage.aws.client("iam")
    iam.put_role_permissions_boundary(RoleName=DIEGO.role, PermissionsBoundary=_BOUNDARY)
    stage.adopt()
    stage.aws.delivery(Delivery(delay=DELIVERY_SECONDS))
    stage.note("diego", f"may do everything, within the boundary {PROTECT_BOUNDARY}")
    policy_id = stage.create_scp("QuarantineDenyAll", DENY_ALL, DIEGO)
    stage.note("diego", "creates the SCP QuarantineDenyAll, which denies everything to everyone")
    stage.note("diego", "means to attach it to the OU Quarantine; the console still has Root selected")
    if _is_refused(lambda: stage.attach(policy_id, stage.root, DIEGO)):
        stage.note("diego", "attaches QuarantineDenyAll to Root; IAM refuses it")
    stage.wait("the pages", lambda: len(stage.pages()) >= 2)  # noqa: PLR2004 - e-mail and SMS
    stage.attach(policy_id, stage.targets["Quarantine"], DIEGO)
    stage.note("diego", "attaches QuarantineDenyAll to the OU Quarantine, as planned")
    stage.wait_for_answers("AttachPolicy", 2)
    if _is_refused(lambda: _take_the_boundary_off(stage)):
        stage.note("diego", "tries to take his boundary off; IAM refuses it")
    if _is_refused(lambda: _switch_off(stage)):
        stage.note("diego", "tries to throttle Rootguard's function to nothing; IAM refuses it")


def _take_the_boundary_off(stage: Stage) -> None:
    stage.aws.client("iam", as_=DIEGO).delete_role_permissions_boundary(RoleName=DIEGO.role)


def _switch_off(stage: Stage) -> None:
    functions = stage.aws.client("lambda", as_=DIEGO)
    functions.put_function_concurrency(FunctionName=stage.function, ReservedConcurrentExecutions=0)


def _is_refused(call: Callable[[], None]) -> bool:
    """Tell whether IAM refuses a call. Raises ClientError for any other error."""
    try:
        call()
    except ClientError as error:
        # Organizations and Lambda call it an exception, and IAM does not.
        if error.response["Error"]["Code"].removesuffix("Exception") != "AccessDenied":
            raise
        return True
    return False


def _was_refused_on_root_alone(stage: Stage) -> bool:
    calls = [
        (call["params"]["TargetId"], call["error"])
        for call in stage.aws.journal()
        if call["operation"] == "AttachPolicy" and call["at"] >= stage.began
    ]
    return calls == [(stage.root, "AccessDeniedException"), (stage.targets["Quarantine"], None)]


def _has_the_boundary_still(stage: Stage) -> bool:
    role = stage.aws.client("iam").get_role(RoleName=DIEGO.role)["Role"]
    return bool(role["PermissionsBoundary"]["PermissionsBoundaryArn"] == _BOUNDARY)


def _runs_still(stage: Stage) -> bool:
    found = stage.aws.client("lambda").get_function_concurrency(FunctionName=stage.function)
    return "ReservedConcurrentExecutions" not in found


PREVENTED = Scenario(
    name="prevented",
    title="the same as deny-all-on-root, and the operator has the stack's permissions boundary",
    play=_play,
    must={
        "IAM refused the operator on Root, and let him attach it to the OU": _was_refused_on_root_alone,
        "Root has the policies it had before": root_is_as_before,
        "the policy is attached to the OU": lambda stage: (
            "QuarantineDenyAll" in stage.policies_on(stage.targets["Quarantine"])
        ),
        "the guard wrote nothing": guard_wrote_nothing,
        "each channel got one page, which says that it was refused": paged_once("REFUSED", wakes=False),
        "the operator has the boundary still": _has_the_boundary_still,
        "Rootguard's function was not throttled": _runs_still,
    },
)
