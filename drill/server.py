"""The process of the local AWS: ministack with this project's fronts, and a small control path.

`local_aws.py` starts it as a child. A child and not a thread: ministack reads its settings at
import, hands its whole environment to every function it runs, and starts processes of its own;
here it gets a clean environment, and everything ends together. It ends when its standard input
closes, so also when its parent was killed, and then takes the parent's temporary folder with it.

Prints one line of JSON, `{"port": N}`, once it listens; GET and POST /_rootguard/… controls it.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import sys
import threading
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from drill import emulator, emulator_conditions, emulator_functions, emulator_scps, event_targets, receivers
from drill.cloudtrail import Delivery, Relay
from drill.organization import Organization
from drill.organizations_api import OrganizationsApi, Request, Response
from drill.organizations_in_stacks import REPLACING, OrganizationsInStacks
from drill.records import Call, envelope
from drill.service_control import Levels

CONTROL = "/_rootguard/"
HOME_TO_DELETE = "ROOTGUARD_LOCAL_AWS_HOME"
VIA = "/_via/"

Scope = dict[str, Any]


class LocalServer:
    """The fronts, wired to ministack and to each other."""

    def __init__(self, account: str) -> None:
        """Install the fronts; ministack must be importable and its environment set."""
        emulator.check()
        self._account = account
        self._started = time.time()
        self._generation = 0
        self._begin_anew()
        emulator.count_plain_http_as_secure()
        emulator.serve_organizations(self._serve_organizations)
        emulator.know_resource_types(OrganizationsInStacks(self._call_from_a_stack).handlers, REPLACING)
        emulator_conditions.know_leading_keys()
        emulator_conditions.know_policy_variables()
        emulator_conditions.know_the_roles_of_sessions()
        emulator_scps.know_scps(self._levels_over)
        emulator_functions.route_lambda_targets(event_targets.route)
        emulator_functions.pass_events_between_accounts()
        emulator_functions.give_reads_to_rules_that_ask()
        emulator_functions.watch_functions(self._function_begins)
        emulator.capture_pages(self._page)
        self._application = emulator.application()

    def _begin_anew(self) -> None:
        """Forget the organization, all that happened, and what the tables hold of it; what is deployed stays.

        Ids differ from the last organization's, so that a late event of that one does no harm.
        """
        self._generation += 1
        self._organization = Organization(self._account, seed=f"rootguard-{self._generation}")
        self._relay = Relay(emulator.put_event)
        self._organizations = OrganizationsApi(self._organization, self._finished)
        self._runs: list[dict[str, Any]] = []
        self._pages: list[dict[str, Any]] = []
        emulator.empty_tables()

    async def __call__(
        self,
        scope: Scope,
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Serve one ASGI connection: the control path and the world outside here, the rest by ministack."""
        if scope["type"] != "http" or not scope["path"].startswith((CONTROL, receivers.PREFIX)):
            await self._application(_as_signed(scope), receive, send)
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if scope["path"].startswith(CONTROL):
            status, answer = 200, json.dumps(self._control(scope["path"].removeprefix(CONTROL), body))
        else:
            status, answer = receivers.take(scope["path"], body, self._page)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": answer.encode()})

    def _control(self, what: str, body: bytes) -> object:
        if what == "journal":
            return self._organizations.journal()
        if what == "runs":
            return self._runs
        if what == "pages":
            return self._pages
        if what == "records":
            return [asdict(relayed) for relayed in self._relay.records()]
        if what == "record":
            emulator.put_event(envelope(json.loads(body), str(uuid.uuid4())))
            return {}
        if what == "delivery":
            self._relay.set(Delivery(**json.loads(body)))
            return {}
        if what == "begin-anew":
            self._begin_anew()
            return {}
        raise ValueError(f"unknown control path {what!r}")

    def _serve_organizations(self, headers: dict[str, str], query: dict[str, Any], body: bytes) -> Response:
        key = emulator.access_key(headers, query)
        return self._organizations.serve(
            Request(
                operation=headers["x-amz-target"].rpartition(".")[2],
                params=json.loads(body or b"{}"),
                caller=emulator.caller(key, headers, self._started),
                gate=emulator.Permissions(key),
                region=emulator.region(),
            )
        )

    def _call_from_a_stack(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Make a call as CloudFormation does, in the name of the deployment's role. Raises ApiError."""
        return self._organizations.from_a_stack(operation, params, self._account, emulator.region())

    def _levels_over(self, account: str) -> Levels:
        return self._organizations.levels_over(account)  # another one after each `_begin_anew`

    def _finished(self, call: Call) -> None:
        if call.operation == "CreateOrganization" and call.error is None:
            emulator.name_organization(self._organization.tree.organization_id)
        self._relay.take(call)

    def _function_begins(self, event: Any) -> Callable[[bool], None]:
        record = event.get("detail") if isinstance(event, dict) else None
        run = {"event_id": record.get("eventID") if record else None, "failed": None}
        self._runs.append(run)

        def end(failed: bool) -> None:
            run["failed"] = failed

        return end

    def _page(self, channel: str, endpoint: str, subject: str, text: str) -> None:
        self._pages.append(
            {
                "at": time.time(),
                "channel": channel,
                "endpoint": endpoint,
                "subject": subject,
                "text": text,
            }
        )


def _as_signed(scope: Scope) -> Scope:
    """Give a request that came through a proxy the host back which its sender signed.

    A proxy puts our host in place of its own; `faults.py` lets it call /_via/HOST/… instead.
    """
    if scope["type"] != "http" or not scope["path"].startswith(VIA):
        return scope
    host, _, path = scope["path"].removeprefix(VIA).partition("/")
    others = [(name, value) for name, value in scope["headers"] if name.lower() != b"host"]
    return {
        **scope,
        "path": f"/{path}",
        "raw_path": f"/{path}".encode(),
        "headers": [(b"host", host.encode()), *others],
    }


def main() -> None:
    """Serve until standard input closes."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    os.environ["GATEWAY_PORT"] = str(port)  # ministack passes it on to the functions
    server = LocalServer(os.environ["MINISTACK_ACCOUNT_ID"])
    print(json.dumps({"port": port}), flush=True)  # noqa: T201 - the parent reads it
    asyncio.run(_serve(server, listener))
    emulator_functions.stop_functions()
    if home := os.environ.get(HOME_TO_DELETE):
        shutil.rmtree(home, ignore_errors=True)


async def _serve(server: LocalServer, listener: socket.socket) -> None:
    from hypercorn.asyncio import serve  # noqa: PLC0415 - after the environment is set
    from hypercorn.config import Config  # noqa: PLC0415

    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.accesslog = None
    config.graceful_timeout = 0
    # A client makes one attempt: on a busy machine an idle connection must not end as it is used again.
    config.keep_alive_timeout = 3_600
    closed = asyncio.Event()
    loop = asyncio.get_running_loop()

    def watch() -> None:
        sys.stdin.read()
        loop.call_soon_threadsafe(closed.set)

    threading.Thread(target=watch, name="parent", daemon=True).start()
    await serve(server, config, shutdown_trigger=closed.wait)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
