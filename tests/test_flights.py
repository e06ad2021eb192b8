"""One flight per key in a process, and leases that hold between processes, living and killed."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable
from contextlib import asynccontextmanager
from fcntl import flock
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Connection, SSLConnection
from redis.asyncio.connection import UnixDomainSocketConnection
from structlog.testing import capture_logs

from imgproxy.breaker import Breaker
from imgproxy.clients import redis_client
from imgproxy.errors import NotFound, Overloaded
from imgproxy.flights import Leases
from imgproxy.flights.files import FileLeases
from imgproxy.flights.flights import Flights
from imgproxy.flights.redis import RedisLeases


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.005)


class Kitchen:
    """Work that can be watched and held up."""

    def __init__(self) -> None:
        self.begun = self.ended = self.cancelled = 0
        self.may_answer = asyncio.Event()
        self.may_end = asyncio.Event()

    async def cook(self, answer: Callable[[str], None]) -> None:
        self.begun += 1
        try:
            await self.may_answer.wait()
            answer(f"dish {self.begun}")
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.ended += 1


class TestFlights:
    async def test_many_who_ask_at_once_share_one_piece_of_work(self):
        flights, kitchen = Flights[str](1000), Kitchen()
        kitchen.may_end.set()
        waiting = [asyncio.create_task(flights.join("a", kitchen.cook)) for _ in range(500)]
        await until(lambda: kitchen.begun == 1)
        kitchen.may_answer.set()
        answers = await asyncio.gather(*waiting)
        assert answers == [("dish 1", False), *[("dish 1", True)] * 499]
        assert kitchen.begun == 1
        await until(lambda: len(flights) == 0)

    async def test_other_keys_are_other_work(self):
        flights, kitchen = Flights[str](1000), Kitchen()
        kitchen.may_end.set()
        kitchen.may_answer.set()
        await asyncio.gather(flights.join("a", kitchen.cook), flights.join("b", kitchen.cook))
        assert kitchen.begun == 2

    async def test_an_answer_comes_before_the_work_ends_and_late_comers_get_it_at_once(self):
        flights, kitchen = Flights[str](1000), Kitchen()
        kitchen.may_answer.set()
        assert await flights.join("a", kitchen.cook) == ("dish 1", False)
        assert (kitchen.ended, len(flights)) == (0, 1)
        assert await flights.join("a", kitchen.cook) == ("dish 1", True)
        kitchen.may_end.set()
        await until(lambda: len(flights) == 0)
        assert await flights.join("a", kitchen.cook) == ("dish 2", False)

    async def test_who_leaves_leaves_alone(self):
        flights, kitchen = Flights[str](1000), Kitchen()
        kitchen.may_end.set()
        first = asyncio.create_task(flights.join("a", kitchen.cook))
        second = asyncio.create_task(flights.join("a", kitchen.cook))
        await until(lambda: kitchen.begun == 1)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        kitchen.may_answer.set()
        assert await second == ("dish 1", True)
        assert kitchen.cancelled == 0

    async def test_the_last_who_leaves_ends_the_work_and_the_next_begins_anew(self):
        flights, kitchen = Flights[str](1000), Kitchen()
        waiting = [asyncio.create_task(flights.join("a", kitchen.cook)) for _ in range(3)]
        await until(lambda: kitchen.begun == 1)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert len(flights) == 0
        kitchen.may_answer.set()
        kitchen.may_end.set()
        assert await flights.join("a", kitchen.cook) == ("dish 2", False)
        assert kitchen.cancelled == 1

    async def test_leaving_after_the_answer_does_not_stop_what_follows_it(self):
        flights, kitchen = Flights[str](1000), Kitchen()
        kitchen.may_answer.set()
        await flights.join("a", kitchen.cook)
        kitchen.may_end.set()
        await until(lambda: kitchen.ended == 1)
        assert kitchen.cancelled == 0

    async def test_a_failure_reaches_everyone_as_it_was_raised_and_is_forgotten(self):
        flights: Flights[str] = Flights(1000)
        fail = asyncio.Event()
        calls = []

        async def work(answer):
            calls.append(1)
            await fail.wait()
            raise NotFound("villa")

        waiting = [asyncio.create_task(flights.join("a", work)) for _ in range(3)]
        await asyncio.sleep(0)
        fail.set()
        errors = await asyncio.gather(*waiting, return_exceptions=True)
        assert [repr(error) for error in errors] == ["NotFound('villa')"] * 3
        with pytest.raises(NotFound):
            await flights.join("a", work)
        assert len(calls) == 2

    async def test_work_without_an_answer_is_an_error_not_a_wait(self):
        async def idle(answer):
            pass

        async def cancelled_inside(answer):
            raise asyncio.CancelledError

        for work in (idle, cancelled_inside):
            with pytest.raises(RuntimeError, match="work"):
                await Flights[str](1000).join("a", work)

    async def test_a_failure_after_the_answer_is_told_to_the_log(self):
        flights: Flights[str] = Flights(1000)

        async def work(answer):
            answer("dish")
            raise OSError("disk full")

        with capture_logs() as lines:
            assert await flights.join("a", work) == ("dish", False)
            await until(lambda: len(flights) == 0)
        assert [line["log_level"] for line in lines] == ["error"]

    async def test_closing_stops_what_has_no_answer_and_waits_for_the_rest(self):
        flights, hungry, served = Flights[str](1000), Kitchen(), Kitchen()
        served.may_answer.set()
        waiting = asyncio.create_task(flights.join("hungry", hungry.cook))
        await flights.join("served", served.cook)
        closing = asyncio.create_task(flights.close())
        await until(lambda: hungry.cancelled == 1)
        with pytest.raises(Overloaded):
            await waiting
        assert not closing.done()
        served.may_end.set()
        await closing
        assert (served.ended, served.cancelled) == (1, 0)
        with pytest.raises(RuntimeError, match="closed"):
            await flights.join("late", hungry.cook)

    async def test_one_too_many_is_refused_and_who_joins_is_not_one_more(self):
        flights, kitchen = Flights[str](2), Kitchen()
        kitchen.may_end.set()
        waiting = [asyncio.create_task(flights.join(key, kitchen.cook)) for key in "abab"]
        await until(lambda: kitchen.begun == 2)
        with pytest.raises(Overloaded, match="2 answers are being made"):
            await flights.join("c", kitchen.cook)
        kitchen.may_answer.set()
        assert len(await asyncio.gather(*waiting)) == 4

    async def test_closing_does_not_wait_for_ever(self):
        flights, kitchen = Flights[str](1000), Kitchen()
        kitchen.may_answer.set()
        await flights.join("a", kitchen.cook)
        await flights.close(grace_s=0.01)
        assert kitchen.cancelled == 1

    async def test_a_client_that_leaves_in_every_possible_moment_leaves_nothing_behind(self):
        flights: Flights[int] = Flights(1000)

        async def work(answer):
            for _ in range(5):
                await asyncio.sleep(0)
            answer(1)
            await asyncio.sleep(0)

        for moment in range(12):
            waiting = [asyncio.create_task(flights.join("a", work)) for _ in range(2)]
            for _ in range(moment):
                await asyncio.sleep(0)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            await until(lambda: len(flights) == 0 and not flights._tasks)


# --- leases ----------------------------------------------------------------------------------------------------------


def file_leases(place: str) -> FileLeases:
    return FileLeases(Path(place))


def redis_leases(place: str) -> RedisLeases:
    return RedisLeases(place, life_s=0.6)


LEASES: dict[str, Callable[[str], Leases]] = {"files": file_leases, "redis": redis_leases}


@pytest.fixture(params=["files", "redis"])
def place(request, tmp_path) -> tuple[str, str]:
    """Which kind of leases, and where."""
    if request.param == "files":
        return "files", str(tmp_path / "leases")
    return "redis", request.getfixturevalue("redis_url")


@asynccontextmanager
async def opened(place):
    kind, where = place
    leases = LEASES[kind](where)
    await leases.start()
    try:
        yield leases
    finally:
        await leases.close()


@pytest.fixture
async def leases(place):
    async with opened(place) as made:
        yield made


class TestEveryLease:
    async def test_a_free_lease_is_had_at_once(self, leases):
        async with leases.hold("once") as waited:
            assert waited is False
        async with leases.hold("once") as waited:
            assert waited is False

    async def test_names_do_not_disturb_each_other(self, leases):
        async with leases.hold("a"), leases.hold("b") as waited:
            assert waited is False

    @pytest.mark.parametrize("name", ["", "../../etc/passwd", "a/b c", "n" * 5000, "ü\0"])
    async def test_any_text_is_a_name(self, leases, name):
        async with leases.hold(name) as waited:
            assert waited is False

    async def test_the_second_waits_and_knows_it(self, leases, place):
        order = []

        async def second():
            async with opened(place) as others, others.hold("queue") as waited:
                order.append(("second", waited))

        async with leases.hold("queue"):
            waiting = asyncio.create_task(second())
            await asyncio.sleep(0.2)
            order.append(("first done", False))
        await asyncio.wait_for(waiting, 10)
        assert order == [("first done", False), ("second", True)]

    async def test_never_two_at_once_whoever_asks(self, leases, place):
        inside = most = 0

        async def enter(which):
            nonlocal inside, most
            async with which.hold("door"):
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0.002)
                inside -= 1

        async with opened(place) as others, asyncio.timeout(30):
            await asyncio.gather(*(enter((leases, others)[n % 2]) for n in range(20)))
        assert most == 1

    async def test_an_error_and_a_cancellation_free_it(self, leases):
        with pytest.raises(NotFound):
            async with leases.hold("freed"):
                raise NotFound("x")
        entered = asyncio.Event()

        async def stay():
            async with leases.hold("freed"):
                entered.set()
                await asyncio.sleep(60)

        staying = asyncio.create_task(stay())
        await entered.wait()
        staying.cancel()
        await asyncio.gather(staying, return_exceptions=True)
        async with asyncio.timeout(10), leases.hold("freed") as waited:
            assert waited is False

    async def test_a_waiter_that_leaves_takes_nothing_with_it(self, leases):
        async with leases.hold("left"):
            waiting = asyncio.create_task(leases.hold("left").__aenter__())
            await asyncio.sleep(0.05)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        async with asyncio.timeout(10), leases.hold("left") as waited:
            assert waited is False

    async def test_waiting_too_long_goes_on_without(self, leases):
        leases._max_wait_s = 0.1
        async with leases.hold("hung"):
            with capture_logs() as lines:
                async with leases.hold("hung") as waited:
                    assert waited is True
            assert [line["log_level"] for line in lines] == ["warning"]


def append_under_lease(place, path, times):
    """Reads and writes back without any care of its own: only the lease keeps it right."""

    async def go():
        async with opened(place) as leases:
            for _ in range(times):
                async with leases.hold("counter"):
                    seen = int(path.read_text())
                    await asyncio.sleep(0.001)
                    path.write_text(str(seen + 1))

    asyncio.run(go())


def hold_for_ever(place, held):
    async def go():
        async with opened(place) as leases, leases.hold("killed"):
            held.set()
            await asyncio.sleep(600)

    asyncio.run(go())


class TestBetweenProcesses:
    async def test_a_counter_loses_no_step(self, place, tmp_path):
        counter = tmp_path / "counter"
        counter.write_text("0")
        start = multiprocessing.get_context("spawn")
        workers = [
            start.Process(target=append_under_lease, args=(place, counter, 25)) for _ in range(3)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            await asyncio.to_thread(worker.join, 60)
            assert worker.exitcode == 0
            worker.close()
        assert counter.read_text() == "75"

    async def test_a_killed_holder_is_replaced(self, place, leases):
        start = multiprocessing.get_context("spawn")
        held = start.Event()
        holder = start.Process(target=hold_for_ever, args=(place, held))
        holder.start()
        assert await asyncio.to_thread(held.wait, 30)

        async def take_over():
            async with leases.hold("killed") as waited:
                return waited

        waiting = asyncio.create_task(take_over())
        await asyncio.sleep(0.8)  # longer than a lease in Redis lives without being renewed
        assert not waiting.done()
        assert holder.pid
        os.kill(holder.pid, signal.SIGKILL)
        assert await asyncio.wait_for(waiting, 10) is True
        await asyncio.to_thread(holder.join, 10)
        holder.close()


class TestFileLeases:
    async def test_no_lock_file_stays(self, tmp_path):
        leases = FileLeases(tmp_path)
        await leases.start()
        async with leases.hold("a"):
            assert len(list(tmp_path.iterdir())) == 1
        assert list(tmp_path.iterdir()) == []

    async def test_a_lock_file_that_was_replaced_is_not_ours_to_remove(self, tmp_path):
        leases = FileLeases(tmp_path)
        first, second = leases.hold("a"), leases.hold("a")
        await first.__aenter__()
        (path,) = tmp_path.iterdir()
        path.unlink()
        assert await second.__aenter__() is False
        await first.__aexit__(None, None, None)
        assert path.exists()
        await second.__aexit__(None, None, None)
        assert not path.exists()

    async def test_a_lock_on_a_file_that_was_just_removed_is_no_lease(self, tmp_path, monkeypatch):
        """The last holder removes the file between our opening it and our locking it."""
        leases = FileLeases(tmp_path)
        locked: list[int] = []

        def lock(fd, how):
            if not locked:
                next(tmp_path.iterdir()).unlink()
            locked.append(fd)
            flock(fd, how)

        monkeypatch.setattr("imgproxy.flights.files.fcntl.flock", lock)
        async with leases.hold("a") as waited:
            assert waited is True
            assert len(locked) == 2
            assert len(list(tmp_path.iterdir())) == 1

    async def test_children_inherit_no_lock(self, tmp_path):
        leases = FileLeases(tmp_path)
        async with leases.hold("a"):
            child = await asyncio.create_subprocess_exec("sleep", "30", close_fds=False)
        try:
            async with asyncio.timeout(10), leases.hold("a") as waited:
                assert waited is False
        finally:
            child.kill()
            await child.wait()

    async def test_a_folder_in_trouble_means_no_exclusion_but_work(self, tmp_path):
        (tmp_path / "file").write_bytes(b"")
        leases = FileLeases(tmp_path / "file" / "leases")
        with capture_logs() as lines:
            await leases.start()
            async with leases.hold("a") as waited:
                assert waited is False
        assert {line["log_level"] for line in lines} == {"warning"}
        assert str(tmp_path) not in repr(lines)


class TestRedisLeases:
    async def test_redis_away_means_no_exclusion_but_work_and_one_line(self):
        leases = RedisLeases("redis://127.0.0.1:1/0")
        with capture_logs() as lines:
            await leases.start()
            for _ in range(20):
                async with leases.hold("a") as waited:
                    assert waited is False
            await leases.close()
        assert len(lines) == 1

    async def test_after_trouble_one_looks_and_the_others_do_not_wait_with_it(self):
        now, asked, answers = [0.0], [], asyncio.Event()
        leases = RedisLeases("redis://127.0.0.1:1/0")
        leases._breaker = Breaker("redis leases", 5.0, clock=lambda: now[0])
        leases._breaker.trip("taking", TimeoutError())
        leases._client = redis_client("redis://127.0.0.1:1/0")  # without its listener

        async def call(_client):
            asked.append(1)
            await answers.wait()
            return "taken"

        now[0] = 6.0
        calls = [asyncio.create_task(leases._call("taking", call)) for _ in range(5)]
        await until(lambda: sum(task.done() for task in calls) == 4)
        assert len(asked) == 1
        answers.set()
        assert sorted(map(str, await asyncio.gather(*calls))) == [*["None"] * 4, "taken"]
        assert await asyncio.gather(*(leases._call("taking", call) for _ in range(5))) == (
            ["taken"] * 5
        )
        await leases.close()

    async def test_who_is_cancelled_while_giving_a_connection_back_loses_none(self, redis_url):
        client = redis_client(redis_url)
        pool: Any = client.connection_pool
        connection = await pool.get_connection()
        async with pool._condition:  # as when many others take and give back
            giving = asyncio.create_task(pool.release(connection))
            await asyncio.sleep(0)
            giving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await giving
        await until(lambda: connection in pool._available_connections)
        await client.aclose()
        assert not connection.is_connected

    @pytest.mark.parametrize(
        ("url", "kind"),
        [
            ("redis://store.example/0", Connection),
            ("rediss://store.example/0", SSLConnection),
            ("unix:///run/store.socket", UnixDomainSocketConnection),
        ],
    )
    async def test_every_way_to_a_redis_is_known(self, url, kind):
        connection: Any = redis_client(url).connection_pool.make_connection()
        assert isinstance(connection, kind)

    async def test_a_cancellation_is_heeded_at_whatever_moment_it_comes(self, redis_url):
        client: Any = redis_client(redis_url)
        await client.set("asked", "answer")
        for turns in range(100):
            asking = asyncio.create_task(client.get("asked"))
            for _ in range(turns):
                await asyncio.sleep(0)
            if asking.done():
                break
            asking.cancel()
            await asyncio.wait({asking})
            assert asking.cancelled(), f"forgotten after {turns} turns"
        assert turns > 5
        assert await client.get("asked") == b"answer"
        await client.aclose()

    async def test_a_lease_that_is_held_long_is_renewed(self, redis_url):
        leases = RedisLeases(redis_url, life_s=0.3, max_wait_s=0.9)
        await leases.start()
        async with leases.hold("long"):
            async with leases.hold("long") as waited:
                assert waited is True
            assert leases._client
            assert await leases._client.exists(*await leases._client.keys("darkroom:lease:*")) == 1
        assert await leases._client.keys("darkroom:lease:*") == []
        await leases.close()

    async def test_who_lost_the_lease_does_not_free_that_of_another(self, redis_url):
        leases = RedisLeases(redis_url)
        await leases.start()
        assert leases._client
        async with leases.hold("stolen"):
            (name,) = await leases._client.keys("darkroom:lease:*")
            await leases._client.set(name, "another")
        assert await leases._client.get(name) == b"another"
        await leases._client.delete(name)
        await leases.close()
