"""The CDK app: guardrail.yaml in, the Rootguard stack out.

Context: `config` is the path of another guardrail.yaml, `region` another partition's Organizations
region. With `management_account` it is the forwarder's stack instead, for a delegated administrator's
account: guardrail.yaml is not read then. Trouble that a person can mend is printed as such, and then
nothing is synthesized.
"""

import os
import sys
from pathlib import Path

import aws_cdk as cdk
import cdk_nag
from jsii.errors import JavaScriptError

from stacks.config import ConfigError, read
from stacks.forwarder_stack import AccountError, ForwarderStack
from stacks.guardrail_stack import GuardrailStack
from stacks.names import FORWARDER, ORGANIZATIONS_REGIONS, STACK, RegionError, partition_of
from stacks.prevention.documents import StatementTooLongError

HERE = Path(__file__).parent


def main() -> None:
    """Synthesize the stack, or exit with every problem of the configuration on stderr."""
    # Traces of jsii's own program, which a warning would show, lead nobody to guardrail.yaml.
    app = cdk.App(stack_traces=False)
    # Never CDK_DEFAULT_REGION: the operator's usual region says nothing about where AWS shows
    # Organizations calls.
    region = app.node.try_get_context("region") or ORGANIZATIONS_REGIONS["aws"]
    environment = cdk.Environment(account=os.environ.get("CDK_DEFAULT_ACCOUNT"), region=region)
    try:
        if (management_account := app.node.try_get_context("management_account")) is not None:
            ForwarderStack(app, FORWARDER, management_account=str(management_account), env=environment)
        else:
            _guardrail_stack(app, environment)
        cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
        app.synth()
    except (AccountError, ConfigError, RegionError, StatementTooLongError) as error:
        sys.exit(str(error))
    except RuntimeError as error:
        # As such the CDK hands over what it refuses: an asset that could not be built, findings of
        # a check. Anything else is a bug here, and keeps its traceback.
        if not isinstance(error.__cause__, JavaScriptError):
            raise
        sys.exit(str(error))


def _guardrail_stack(app: cdk.App, environment: cdk.Environment) -> None:
    config_path = app.node.try_get_context("config") or HERE / "guardrail.yaml"
    reading = read(Path(os.path.relpath(config_path)), partition_of(environment.region or ""))
    stack = GuardrailStack(app, STACK, config=reading.config, env=environment)
    remarks = cdk.Annotations.of(stack)
    for warning in reading.warnings:
        remarks.add_warning_v2("rootguard:nobody-is-trusted", str(warning))
    for note in reading.notes:
        remarks.add_info_v2("rootguard:needless", str(note))


if __name__ == "__main__":
    main()
