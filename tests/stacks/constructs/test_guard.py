"""The function as deployed: where it runs, what it is told, and where its failures go."""

from tests.stacks.synthesis import attribute, guard_function, guard_role, named, only, template


def test_it_runs_on_arm_with_python_and_one_whole_vcpu() -> None:
    _, function = guard_function()
    assert function["Runtime"] == "python3.14"
    assert function["Architectures"] == ["arm64"]
    assert function["Handler"] == "rootguard.handlers.guard.handler"
    assert function["MemorySize"] == 1769
    assert function["Timeout"] == 60


def test_it_knows_its_tables_its_queue_the_topic_and_its_own_role_and_no_runbook() -> None:
    _, function = guard_function()
    topic, _ = only("AWS::SNS::Topic")
    ledger, _ = named("AWS::DynamoDB::Table", "Ledger")
    exceptions, _ = named("AWS::DynamoDB::Table", "Exceptions")
    notices, _ = named("AWS::SQS::Queue", "NoticesQueue")
    role, _ = guard_role()
    assert function["Role"] == attribute(role)
    assert function["Environment"]["Variables"] == {
        "ROOTGUARD_TOPIC_ARN": {"Ref": topic},
        "ROOTGUARD_ROLE_ARN": attribute(role),
        "ROOTGUARD_TABLE": {"Ref": ledger},
        "ROOTGUARD_EXCEPTIONS": {"Ref": exceptions},
        "ROOTGUARD_NOTICES": {"Ref": notices},
        "POWERTOOLS_SERVICE_NAME": "rootguard",
        "POWERTOOLS_METRICS_NAMESPACE": "Rootguard",
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }


def test_no_concurrency_is_reserved() -> None:
    """It would fail the deployment in accounts with a small quota, and be a ceiling in others."""
    _, function = guard_function()
    assert "ReservedConcurrentExecutions" not in function


def test_an_event_it_fails_on_is_tried_again_and_then_kept() -> None:
    function, _ = guard_function()
    dead_letters, queue = named("AWS::SQS::Queue", "GuardDeadLetters")
    _, invoke = only("AWS::Lambda::EventInvokeConfig")
    assert invoke["FunctionName"] == {"Ref": function}
    assert invoke["MaximumRetryAttempts"] == 2
    assert invoke["MaximumEventAgeInSeconds"] == 6 * 3600
    assert invoke["DestinationConfig"]["OnFailure"]["Destination"] == attribute(dead_letters)
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert queue["SqsManagedSseEnabled"] is True


def test_dead_letters_are_refused_over_plain_http() -> None:
    _, policy = named("AWS::SQS::QueuePolicy", "GuardDeadLetters")
    denied = [entry for entry in policy["PolicyDocument"]["Statement"] if entry["Effect"] == "Deny"]
    assert [entry["Condition"] for entry in denied] == [{"Bool": {"aws:SecureTransport": "false"}}]


def test_its_log_is_kept_for_a_year_and_beyond_an_uninstall() -> None:
    name, group = named("AWS::Logs::LogGroup", "GuardLogs")
    _, function = guard_function()
    assert function["LoggingConfig"]["LogGroup"] == {"Ref": name}
    assert group["RetentionInDays"] == 365
    assert template()["Resources"][name]["DeletionPolicy"] == "Retain"


def test_only_lambda_can_assume_its_role() -> None:
    _, role = guard_role()
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
