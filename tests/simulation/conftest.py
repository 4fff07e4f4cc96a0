"""Fast synths for the test of the deployment, as in tests/stacks."""

import os

# Before anything imports aws_cdk: the Node process that runs the CDK starts with that import.
os.environ.setdefault("CDK_VALIDATION", "false")
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
