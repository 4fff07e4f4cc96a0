"""Invocations run in threads, of which only one runs at any time: the one that holds the baton.

An invocation gives the baton back when it ends, when it sleeps, and between two of its AWS calls if it runs
side by side with others. So a run is the same each time. A function may start threads of its own for calls:
the baton's holder waits for them before its next call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, Final

_HANGS_SECONDS: Final = 20.0
"""How long a helper thread may really take before the run gives it up."""
_WAITS_SECONDS: Final = 5.0
"""How long one may really take before it counts as waiting for the one who started it."""


class Ended(BaseException):  # no error: the invocation is over, and nothing may catch it
    """The invocation is over. Raised at each AWS call and each sleep of an invocation that was killed."""


class Strand:
    """One line of execution, which runs only while it holds the baton."""

    def __init__(self, work: Callable[[], None]) -> None:
        """Prepare to run `work`; nothing runs before `resume`."""
        self._work = work
        self._go, self._back = threading.Lock(), threading.Lock()
        self._go.acquire()
        self._back.acquire()
        self._begun = False
        self._failure: BaseException | None = None
        self.helpers: list[threading.Thread] = []
        self.thread: threading.Thread | None = None
        self.is_over = False

    def resume(self) -> None:
        """Run until the strand pauses or ends. Raises what escapes from its work."""
        if self._begun:
            self._go.release()
        else:
            self._begun = True
            self.thread = threading.Thread(target=self._run, name="invocation", daemon=True)
            _start(self.thread)
        self._back.acquire()
        if self._failure is not None:
            raise self._failure

    def pause(self) -> None:
        """Give the baton back, and wait until it is this strand's turn again."""
        self._back.release()
        self._go.acquire()

    def join_helpers(self) -> None:
        """Wait until the threads that the function started are done."""
        while self.helpers:
            helper = self.helpers.pop()
            helper.join(_HANGS_SECONDS)
            if helper.is_alive():
                raise RuntimeError(f"the function's thread {helper.name} does not end")

    def _run(self) -> None:
        try:
            self._work()
            self.join_helpers()
        except BaseException as failure:  # noqa: BLE001 - handed to the one who resumed
            self._failure = failure
        finally:
            self.is_over = True
            self._back.release()


def _until_it_is_over(run: Callable[[], None]) -> Callable[[], None]:
    """Return what a thread does, which ends in silence if its invocation is over."""

    def guarded() -> None:
        with suppress(Ended):
            run()

    return guarded


_start: Final = threading.Thread.start
_submit: Final = ThreadPoolExecutor.submit


@contextmanager
def threads_of(current: Callable[[], Strand | None]) -> Iterator[None]:
    """Note the threads that the current strand starts; give what it submits to a pool to nobody else."""

    def start(thread: threading.Thread) -> None:
        strand = current()
        if strand is not None and threading.current_thread() is strand.thread:
            thread.daemon = True
            thread.run = _until_it_is_over(thread.run)  # type: ignore[method-assign]
            _start(thread)
            # It runs alone, or it and its starter would race for the clock and for who calls first. One that
            # waits for its starter goes on beside it.
            thread.join(_WAITS_SECONDS)
            if thread.is_alive():
                strand.helpers.append(thread)
        else:
            _start(thread)

    def submit(
        pool: ThreadPoolExecutor, work: Callable[..., Any], /, *args: Any, **options: Any
    ) -> Future[Any]:
        if current() is None:
            return _submit(pool, work, *args, **options)
        done: Future[Any] = Future()
        try:
            done.set_result(work(*args, **options))
        except Exception as error:  # noqa: BLE001 - as a pool does
            done.set_exception(error)
        return done

    threading.Thread.start = start  # type: ignore[method-assign,assignment]
    ThreadPoolExecutor.submit = submit  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        threading.Thread.start = _start  # type: ignore[method-assign]
        ThreadPoolExecutor.submit = _submit  # type: ignore[method-assign]
