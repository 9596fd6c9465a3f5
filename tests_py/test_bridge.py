"""The bridge between asyncio and the engine's futures, on work of known behaviour.

Needs an extension built with the feature `bridge-test`: `maturin develop --features bridge-test`.
"""

from __future__ import annotations

import asyncio
import collections.abc
import contextvars
import gc
import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
import warnings
import weakref
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any

import pytest

from chakra.exceptions import SessionError

_chakra = pytest.importorskip("chakra._chakra", reason="the extension is not built")
if not hasattr(_chakra, "_bridge_test"):
    pytest.skip("the extension is built without the feature `bridge-test`", allow_module_level=True)
bridge: Any = _chakra._bridge_test

Run = Callable[[Coroutine[Any, Any, Any]], Any]


def run_asyncio(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(main)


def run_debug(main: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(main, debug=True)


def run_python_tasks(main: Coroutine[Any, Any, Any]) -> Any:
    """Runs on the tasks that asyncio has in Python instead of C."""
    loop = asyncio.new_event_loop()
    tasks: Any = asyncio.tasks
    loop.set_task_factory(lambda loop, coro, **kwargs: tasks._PyTask(coro, loop=loop, **kwargs))
    return _run_on(loop, main)


def run_uvloop(main: Coroutine[Any, Any, Any]) -> Any:
    return _run_on(pytest.importorskip("uvloop").new_event_loop(), main)


class _NoReaders(asyncio.SelectorEventLoop):
    """Cannot watch file descriptors for us, like the proactor loop."""

    def add_reader(self, fd: Any, callback: Any, *args: Any) -> None:
        raise NotImplementedError


def run_no_readers(main: Coroutine[Any, Any, Any]) -> Any:
    return _run_on(_NoReaders(), main)


def _run_on(loop: asyncio.AbstractEventLoop, main: Coroutine[Any, Any, Any]) -> Any:
    try:
        return loop.run_until_complete(main)
    finally:
        loop.close()


RUNS = [run_asyncio, run_debug, run_uvloop, run_no_readers]
if sys.version_info < (3, 14):
    RUNS.append(run_python_tasks)


@pytest.fixture(params=RUNS, ids=lambda run: run.__name__.removeprefix("run_"))
def run(request: pytest.FixtureRequest) -> Run:
    runner: Run = request.param
    return runner


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    yield
    assert_live(0)


def live_comes_to(count: int) -> bool:
    """Cancelled futures are dropped by the runtime's threads, hence very soon, but not at once."""
    deadline = time.monotonic() + 5
    while bridge.live() != count and time.monotonic() < deadline:
        gc.collect()
        time.sleep(0.001)
    return bool(bridge.live() == count)


def assert_live(count: int) -> None:
    assert live_comes_to(count), f"{bridge.live()} futures are alive instead of {count}"


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def script(source: str, timeout: float = 20) -> subprocess.CompletedProcess[str]:
    """Runs a program of its own."""
    prelude = "import asyncio, os, sys, threading, time\nfrom chakra._chakra import _bridge_test as bridge\n"
    return subprocess.run(
        [sys.executable, "-c", prelude + textwrap.dedent(source)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


# --- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("local", [False, True])
def test_ready_does_not_suspend(local: bool) -> None:
    coroutine = bridge.ready(7, local)
    with pytest.raises(StopIteration) as stop:
        coroutine.send(None)
    assert stop.value.value == 7


def test_values_from_everywhere(run: Run) -> None:
    async def main() -> list[int]:
        return [
            await bridge.ready(1),
            await bridge.ready(2, True),
            await bridge.sleep_ms(1, 3),
            await bridge.local_thread(4),
            await bridge.spawned_thread(5),
            await bridge.local_rounds(5, 6),
        ]

    assert run(main()) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    "value", [None, (), (1, 2), ValueError("x"), StopIteration(3), KeyboardInterrupt, [1], "text", int], ids=repr
)
@pytest.mark.parametrize("milliseconds", [0, 1])
def test_every_object_can_be_a_result(value: object, milliseconds: int) -> None:
    async def main() -> object:
        return await bridge.object(milliseconds, value)

    async def as_task() -> object:
        return await asyncio.create_task(bridge.object(milliseconds, value))

    assert asyncio.run(main()) is value
    assert asyncio.run(as_task()) is value


def test_result_while_an_exception_is_handled() -> None:
    async def main() -> tuple[int, object]:
        try:
            raise ValueError("first")
        except ValueError:
            return await bridge.sleep_ms(1, 1), await bridge.object(1, (1, 2))

    assert asyncio.run(main()) == (1, (1, 2))


def test_errors_arrive(run: Run) -> None:
    async def main() -> None:
        with pytest.raises(ValueError, match="failed"):
            await bridge.fail(0)
        with pytest.raises(ValueError, match="failed"):
            await bridge.fail(2)

    run(main())


def test_panics_are_errors(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        for arguments in [(0,), (2,), (0, True), (2, True)]:
            with pytest.raises(Exception, match="panicked: on purpose"):
                await bridge.panic(*arguments)
        assert await bridge.sleep_ms(1, 1) == 1

    run(main())
    with pytest.raises(Exception, match="panicked: on purpose"):
        bridge.panic_sync()
    assert "on purpose" in capfd.readouterr().err


# --- a coroutine to everybody -----------------------------------------------------------------------------------------


def test_looks_like_a_coroutine() -> None:
    coroutine = bridge.ready(1)
    assert asyncio.iscoroutine(coroutine)
    assert isinstance(coroutine, collections.abc.Awaitable)
    assert not asyncio.isfuture(coroutine)
    assert weakref.ref(coroutine)() is coroutine
    coroutine.close()


def test_ways_to_await(run: Run) -> None:
    async def main() -> None:
        assert await asyncio.create_task(bridge.sleep_ms(1, 1)) == 1
        assert await asyncio.ensure_future(bridge.sleep_ms(1, 2)) == 2
        assert await asyncio.gather(bridge.sleep_ms(2, 1), bridge.local_thread(2), bridge.ready(3)) == [1, 2, 3]
        assert await asyncio.wait_for(bridge.sleep_ms(1, 3), 5) == 3
        assert await asyncio.shield(bridge.sleep_ms(1, 4)) == 4
        tasks = [asyncio.ensure_future(bridge.sleep_ms(ms, ms)) for ms in (1, 2)]
        done, pending = await asyncio.wait(tasks)
        assert not pending
        assert sorted(task.result() for task in done) == [1, 2]
        assert [await task for task in asyncio.as_completed([bridge.sleep_ms(20, 2), bridge.sleep_ms(1, 1)])] == [1, 2]

    run(main())
    assert run(bridge.sleep_ms(1, 5)) == 5


@pytest.mark.skipif(sys.version_info < (3, 11), reason="TaskGroup and timeout came with Python 3.11")
def test_task_group_and_timeout(run: Run) -> None:
    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(bridge.sleep_ms(1, i)) for i in range(10)]
        assert [task.result() for task in tasks] == list(range(10))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await bridge.never()
        with pytest.raises(ExceptionGroup) as group_error:  # noqa: F821 (Python 3.11)
            await failing_group()
        assert [type(error) for error in group_error.value.exceptions] == [ValueError]

    async def failing_group() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(bridge.never())
            group.create_task(bridge.fail(1))

    run(main())
    assert_live(0)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with Python 3.12")
def test_eager_tasks() -> None:
    async def main() -> None:
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        assert await asyncio.gather(*(bridge.sleep_ms(1, i) for i in range(10))) == list(range(10))
        assert await asyncio.create_task(bridge.ready(1)) == 1

    asyncio.run(main())


def test_awaiting_twice_is_an_error(run: Run) -> None:
    async def main() -> None:
        for awaitable in [bridge.ready(1), bridge.sleep_ms(1, 1), bridge.local_thread(1)]:
            assert await awaitable == 1
            with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
                await awaitable
        shared = bridge.sleep_ms(20, 1)
        first = asyncio.create_task(shared)
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="being awaited already"):
            await shared
        second = asyncio.create_task(shared)
        with pytest.raises(RuntimeError, match="being awaited already"):
            await second
        assert await first == 1

    run(main())


def test_nothing_starts_before_the_first_await() -> None:
    async def main() -> None:
        started = time.monotonic()
        awaitable = bridge.sleep_ms(50, 1)
        await asyncio.sleep(0.06)
        await awaitable
        assert time.monotonic() - started > 0.105

    asyncio.run(main())


def test_never_awaited_warns_and_close_does_not() -> None:
    with pytest.warns(RuntimeWarning, match="never awaited"):
        bridge.ready(1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bridge.ready(1).close()


def test_without_a_loop_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="no running event loop"):
        bridge.sleep_ms(60_000, 1).send(None)


def test_context_and_current_task_of_the_awaiting_task(run: Run) -> None:
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=-1)

    async def worker(number: int) -> None:
        variable.set(number)
        task = asyncio.current_task()
        for _ in range(5):
            await bridge.sleep_ms(random.randrange(3), number)
            assert variable.get() == number
            assert asyncio.current_task() is task
            await bridge.local_thread(number)
            assert variable.get() == number
            assert asyncio.current_task() is task

    async def main() -> None:
        await asyncio.gather(*(worker(i) for i in range(50)))

    run(main())


def test_the_loop_keeps_no_context_of_a_task() -> None:
    class Marker:
        pass

    variable: contextvars.ContextVar[Marker] = contextvars.ContextVar("marker")

    async def first() -> weakref.ref[Marker]:
        marker = Marker()
        variable.set(marker)
        await bridge.sleep_ms(1, 1)
        return weakref.ref(marker)

    async def main() -> None:
        reference = await asyncio.create_task(first())
        await asyncio.sleep(0)
        gc.collect()
        assert reference() is None

    asyncio.run(main())


# --- many -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sleep_ms", "local_thread", "spawned_thread"])
def test_ten_thousand_at_once(run: Run, name: str) -> None:
    make: Callable[..., Awaitable[int]] = getattr(bridge, name)
    arguments = (1,) if name == "sleep_ms" else ()

    async def main() -> None:
        assert await asyncio.gather(*(make(*arguments, i) for i in range(10_000))) == list(range(10_000))

    run(main())


def test_others_get_their_turn() -> None:
    async def main() -> None:
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        async def work() -> None:
            for i in range(50):
                await bridge.local_thread(i)

        counter = asyncio.create_task(count())
        await asyncio.gather(*(work() for _ in range(100)))
        counter.cancel()
        assert turns >= 20

    asyncio.run(main())


# --- cancellation -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("local", [False, True])
def test_cancel_drops_the_future(run: Run, local: bool) -> None:
    async def main() -> None:
        task = asyncio.create_task(bridge.never(local))
        await asyncio.sleep(0.01)
        assert bridge.live() == 1
        task.cancel("enough")
        with pytest.raises(asyncio.CancelledError):
            await task
        if local:
            assert bridge.live() == 0
        assert_live(0)

    run(main())


def test_cancel_before_the_first_step(run: Run) -> None:
    async def main() -> None:
        task = asyncio.create_task(bridge.sleep_ms(1, 1))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())


def test_task_that_cancels_itself_before_it_waits(run: Run) -> None:
    async def work() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await bridge.never()

    async def main() -> None:
        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(work())

    run(main())


def test_cancelled_task_may_go_on(run: Run) -> None:
    async def stubborn() -> list[int]:
        results = []
        for i in range(3):
            with pytest.raises(asyncio.CancelledError) as caught:
                await bridge.never()
            assert caught.value.args == (f"try {i}",)
            results.append(await bridge.sleep_ms(1, i))
        return results

    async def main() -> None:
        task = asyncio.create_task(stubborn())
        for i in range(3):
            await asyncio.sleep(0.01)
            task.cancel(f"try {i}")
        assert await task == [0, 1, 2]

    run(main())


def test_result_of_the_turn_of_the_cancellation_is_dropped(run: Run) -> None:
    async def main() -> None:
        # Long enough for a busy machine to come back here before the result is there.
        task = asyncio.create_task(bridge.sleep_ms(150, 1))
        await asyncio.sleep(0)
        time.sleep(0.5)  # noqa: ASYNC251 (so that the result is in the mailbox, and the loop has not looked)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())


def test_cancel_at_random_points(run: Run) -> None:
    async def work() -> int:
        total = 0
        for i in range(5):
            total += await bridge.sleep_ms(random.randrange(3), 1)
            total += await bridge.local_thread(1)
            total += await bridge.spawned_thread(1)
            total += await bridge.ready(i)
        return total

    async def main() -> tuple[int, int]:
        tasks = [asyncio.create_task(work()) for _ in range(500)]
        loop = asyncio.get_running_loop()
        for task in tasks:
            if random.random() < 0.8:
                loop.call_later(random.random() * 0.05, task.cancel)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(result == 25 or isinstance(result, asyncio.CancelledError) for result in results)
        return len(results), sum(isinstance(result, asyncio.CancelledError) for result in results)

    total, cancelled = run(main())
    assert 0 < cancelled < total
    assert_live(0)


def test_wait_for_gives_up(run: Run) -> None:
    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(bridge.never(), 0.01)
        assert_live(0)

    run(main())


def test_close_and_throw() -> None:
    async def main() -> None:
        for end in ["close", "throw"]:
            for local in [False, True]:
                coroutine = bridge.never(local)
                coroutine.send(None)
                assert bridge.live() == 1
                if end == "close":
                    coroutine.close()
                else:
                    with pytest.raises(KeyError, match="x"):
                        coroutine.throw(KeyError("x"))
                assert_live(0)
                with pytest.raises(RuntimeError, match="cannot reuse"):
                    coroutine.send(None)
        fresh = bridge.ready(1)
        with pytest.raises(KeyError):
            fresh.throw(KeyError)

    asyncio.run(main())


# --- garbage ----------------------------------------------------------------------------------------------------------


def test_collected_while_the_engine_works() -> None:
    async def main() -> None:
        for local in [False, True]:
            coroutine = bridge.never(local)
            coroutine.send(None)
            assert bridge.live() == 1
            del coroutine
            assert_live(0)

    asyncio.run(main())


def test_a_task_that_nobody_holds_goes_on(run: Run) -> None:
    async def main() -> None:
        done = asyncio.Event()

        async def work() -> None:
            await bridge.sleep_ms(30, 1)
            done.set()

        reference = weakref.ref(asyncio.create_task(work()))
        await asyncio.sleep(0)
        gc.collect()
        assert reference() is not None
        await asyncio.wait_for(done.wait(), 5)

    run(main())


def test_loop_closed_with_work_under_way(caplog: pytest.LogCaptureFixture) -> None:
    for new_loop in [asyncio.new_event_loop, pytest.importorskip("uvloop").new_event_loop, _NoReaders]:
        loop = new_loop()
        tasks = [loop.create_task(bridge.sleep_ms(20, 1)) for _ in range(10)]
        tasks.append(loop.create_task(bridge.never(True)))
        loop.run_until_complete(asyncio.sleep(0.001))
        assert bridge.live() == 11
        loop.close()
        if new_loop is not _NoReaders:  # there, work ends with the loop's last reference
            assert_live(0)
        del tasks, loop
        assert_live(0)
    time.sleep(0.03)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_loop_collected_with_work_under_way() -> None:
    before = open_files()
    loop = asyncio.new_event_loop()
    reference = weakref.ref(loop)
    task = loop.create_task(bridge.never())
    loop.run_until_complete(asyncio.sleep(0.001))
    assert bridge.live() == 1
    del loop, task
    assert_live(0)
    gc.collect()
    assert reference() is None
    assert open_files() == before


def test_loops_come_and_go(run: Run) -> None:
    async def main() -> None:
        assert await asyncio.gather(*(bridge.sleep_ms(1, i) for i in range(20))) == list(range(20))
        assert await bridge.local_thread(1) == 1

    run(main())
    gc.collect()
    before = open_files()
    for _ in range(5):
        run(main())
        gc.collect()
        assert open_files() == before


def test_two_loops_in_turns() -> None:
    loops = [asyncio.new_event_loop() for _ in range(2)]
    for i in range(10):
        for loop in loops:
            assert loop.run_until_complete(bridge.sleep_ms(1, i)) == i
    for loop in loops:
        loop.close()


def test_no_object_is_left() -> None:
    async def main() -> None:
        await asyncio.gather(*(bridge.local_thread(i) for i in range(100)))

    asyncio.run(main())
    gc.collect()
    probe = bridge.ready(1)
    kind = type(probe)
    probe.close()
    del probe
    assert not [leftover for leftover in gc.get_objects() if type(leftover) is kind]


# --- threads, forks, exits --------------------------------------------------------------------------------------------


def test_threads_with_loops_of_their_own(run: Run) -> None:
    failures: list[BaseException] = []

    async def main() -> None:
        for i in range(20):
            assert await asyncio.gather(bridge.sleep_ms(1, i), bridge.local_thread(i), bridge.ready(i)) == [i, i, i]

    def work() -> None:
        try:
            for _ in range(2):
                run(main())
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_blocking_calls_on_many_threads() -> None:
    results: list[int] = []
    threads = [
        threading.Thread(target=lambda i=i: results.append(bridge.sleep_ms_sync(60, i)))  # type: ignore[misc]
        for i in range(16)
    ]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == list(range(16))
    assert time.monotonic() - started < 0.6
    assert bridge.ready_sync(3) == 3


def test_interrupt_of_a_blocking_call() -> None:
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        bridge.sleep_ms_sync(30_000, 1)
    assert time.monotonic() - started < 2
    assert_live(0)
    timer.join()


def test_interrupt_of_a_loop() -> None:
    result = script(
        """
        import signal
        async def main():
            async def other(): await bridge.never()
            tasks = [asyncio.create_task(other()) for _ in range(5)]
            threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
            await bridge.sleep_ms(30000, 1)
        try:
            asyncio.run(main())
        except KeyboardInterrupt:
            print("interrupted")
        deadline = time.monotonic() + 5
        while bridge.live() and time.monotonic() < deadline: time.sleep(0.001)
        print(bridge.live())
        """
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "interrupted\n0\n", "")


def test_exit_raised_by_a_task_leaves_the_others_for_later() -> None:
    async def leave() -> None:
        await bridge.local_thread(1)
        raise SystemExit(3)

    async def stay(i: int) -> int:
        return int(await bridge.local_thread(i))

    loop = asyncio.new_event_loop()
    staying = [loop.create_task(stay(i)) for i in range(5)]
    leaving = loop.create_task(leave())
    staying += [loop.create_task(stay(i)) for i in range(5, 10)]
    with pytest.raises(SystemExit):
        loop.run_until_complete(leaving)
    assert loop.run_until_complete(asyncio.gather(*staying)) == list(range(10))
    loop.close()


@pytest.mark.parametrize(
    "ending",
    [
        "pass",
        "sys.exit(0)",
        "os.kill(os.getpid(), 15)",
        "threading.Thread(target=bridge.sleep_ms_sync, args=(60000, 1), daemon=True).start()",
    ],
)
def test_interpreter_exit_with_work_under_way(ending: str) -> None:
    started = time.monotonic()
    result = script(
        f"""
        loop = asyncio.new_event_loop()
        tasks = [loop.create_task(bridge.sleep_ms(ms, 1)) for ms in range(0, 400)]
        tasks += [loop.create_task(bridge.never(local)) for local in (False, True)]
        loop.run_until_complete(asyncio.sleep(0.01))
        for task in tasks: task._log_destroy_pending = False
        {ending}
        """
    )
    assert result.returncode == (-15 if "kill" in ending else 0), result.stderr
    assert (result.stdout, result.stderr) == ("", "")
    assert time.monotonic() - started < 10


def test_exit_from_a_running_loop() -> None:
    result = script(
        """
        async def main():
            tasks = [asyncio.create_task(bridge.sleep_ms(ms, 1)) for ms in range(400)]
            await asyncio.sleep(0.01)
            os._exit(7)
        asyncio.run(main())
        """
    )
    assert (result.returncode, result.stdout, result.stderr) == (7, "", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_fork_with_work_under_way() -> None:
    result = script(
        """
        import gc, warnings
        warnings.simplefilter("ignore")
        async def main():
            assert await asyncio.gather(*(bridge.sleep_ms(1, i) for i in range(10))) == list(range(10))
            assert await bridge.local_rounds(0, 4) == 4
        loop = asyncio.new_event_loop()
        tasks = [loop.create_task(bridge.sleep_ms(300 + ms, ms)) for ms in range(50)]
        loop.run_until_complete(asyncio.sleep(0.01))
        bridge.sleep_ms_sync(1, 1)
        for i in range(20):
            child = os.fork()
            if child == 0:
                for task in tasks: task._log_destroy_pending = False
                asyncio.run(main())
                assert bridge.sleep_ms_sync(1, i) == i
                if i % 2:
                    loop.close()
                del tasks, loop, task
                gc.collect()
                asyncio.run(main())
                sys.stdout.flush()
                os._exit(0) if i % 4 < 2 else sys.exit(0)
            assert os.waitpid(child, 0)[1] == 0
        assert loop.run_until_complete(asyncio.gather(*tasks)) == list(range(50))
        loop.close()
        print("done")
        """
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "done\n", "")


def test_import_does_without_asyncio() -> None:
    code = "import sys, chakra, chakra._chakra as c; c._bridge_test.ready_sync(1); assert 'asyncio' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


# --- streams ----------------------------------------------------------------------------------------------------------


def test_stream(run: Run) -> None:
    async def main() -> None:
        assert [number async for number in bridge.numbers(5, 10, 1)] == list(range(50))
        assert [number async for number in bridge.numbers(0, 10, 1)] == []

    run(main())
    assert list(bridge.numbers_sync(5, 10, 1)) == list(range(50))


def test_stream_suspends_once_per_batch() -> None:
    async def main() -> None:
        stream = bridge.numbers(2, 3, 5)
        assert await anext(stream) == 0
        for expected in (1, 2):
            with pytest.raises(StopIteration) as stop:
                stream.__anext__().send(None)
            assert stop.value.value == expected
        assert [number async for number in stream] == [3, 4, 5]
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        assert await anext(stream, None) is None

    asyncio.run(main())


def test_stream_stops_when_dropped_or_closed() -> None:
    async def main() -> None:
        stream = bridge.numbers(100, 3, 1)
        async for _number in stream:
            break
        assert bridge.live() == 1
        await stream.aclose()
        assert bridge.live() == 0
        assert [number async for number in stream] == []
        stream = bridge.numbers(100, 3, 1)
        assert await anext(stream) == 0
        del stream
        assert bridge.live() == 0

    asyncio.run(main())
    iterator = bridge.numbers_sync(100, 3, 1)
    assert next(iterator) == 0
    iterator.close()
    assert bridge.live() == 0
    assert list(iterator) == []


def test_stream_does_not_end_quietly_after_a_cancelled_or_failed_step() -> None:
    async def main() -> None:
        stream = bridge.numbers(3, 2, 30)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(anext(stream), 0.01)
        with pytest.raises(SessionError, match="interrupted"):
            await anext(stream)
        failing = bridge.numbers(3, 2, 1, 1)
        assert [await anext(failing), await anext(failing)] == [0, 1]
        with pytest.raises(ValueError, match="no such batch"):
            await anext(failing)
        with pytest.raises(SessionError, match="interrupted"):
            await anext(failing)

    asyncio.run(main())
    failing = bridge.numbers_sync(3, 2, 1, 0)
    with pytest.raises(ValueError, match="no such batch"):
        next(failing)
    with pytest.raises(SessionError, match="interrupted"):
        next(failing)


def test_stream_has_one_reader_at_a_time() -> None:
    async def main() -> None:
        stream = bridge.numbers(3, 2, 20)
        first = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="already"):
            await anext(stream)
        with pytest.raises(RuntimeError, match="already"):
            await stream.aclose()
        assert await first == 0

    asyncio.run(main())


def test_object_that_nobody_took_stays_in_the_stream() -> None:
    async def main() -> None:
        stream = bridge.numbers(1, 3, 1)
        assert await anext(stream) == 0
        task = asyncio.ensure_future(stream.__anext__())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        tasks = [asyncio.ensure_future(stream.__anext__()) for _ in range(2)]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        assert [number async for number in stream] == [1, 2]

    asyncio.run(main())
