"""Who should be paged, by the deployed stack's outputs."""

from __future__ import annotations

import pytest

from cli import paged
from cli.exits import ExitCode, TroubleError

URL = "https://sqs.us-east-1.amazonaws.com/111122223333/Rootguard-SlackQueue"
SLACK = {"SlackQueueUrl": URL, "SlackLogGroup": "/rootguard/slack"}


def test_only_deployed_channels_are_named_by_what_sns_lists() -> None:
    assert paged.queues(SLACK) == {"Slack": "Rootguard-SlackQueue"}
    assert paged.logs(SLACK) == {"Rootguard-SlackQueue": "/rootguard/slack"}
    assert paged.queues({}) == paged.logs({}) == {}


def test_a_stack_without_the_channels_log_group_is_older_than_the_command() -> None:
    with pytest.raises(TroubleError, match="no output SlackLogGroup: it is older") as trouble:
        paged.logs({"SlackQueueUrl": URL})
    assert trouble.value.exit_code is ExitCode.AWS_REFUSED
