"""What every cache tier promises, and the budgets, losses and troubles of each."""

import asyncio
import contextlib
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgproxy.breaker import Breaker
from imgproxy.caches import pack, unpack
from imgproxy.caches.disk import Disk
from imgproxy.caches.memory import Memory
from imgproxy.caches.redis import RedisCache
from imgproxy.caches.s3 import S3Cache
from imgproxy.caches.sweeping import BLOCK_BYTES, Halt, Ledger, blocks, sweep
from imgproxy.caches.tiered import Tiered
from imgproxy.clients import redis_client, s3_client
from imgproxy.values import CacheKey, Rendered, digest, etag_of


def key(source: str = "villa", request: str = "w_400") -> CacheKey:
    return CacheKey(digest(source), digest(request))


def rendered(body: bytes = b"pixels") -> Rendered:
    return Rendered(body, "image/jpeg", 4, 3, etag_of(body), 1_700_000_000.5, pages=2)


async def a_memory(request, tmp_path) -> Memory:
    return Memory(1_000_000)


async def a_disk(request, tmp_path) -> Disk:
    return Disk(tmp_path / "cache", 1_000_000)


async def a_redis(request, tmp_path) -> RedisCache:
    url = request.getfixturevalue("redis_url")
    await flushed(url)
    return RedisCache(url)


async def a_bucket(request, tmp_path) -> S3Cache:
    endpoint = request.getfixturevalue("s3_endpoint")
    async with s3_client(endpoint, 2, 10) as client:
        bucket = f"b{secrets.token_hex(8)}"
        await client.create_bucket(Bucket=bucket)
    return S3Cache(bucket, "/answers/", endpoint_url=endpoint)


async def two_tiers(request, tmp_path) -> Tiered:
    return Tiered([Memory(1_000_000), Disk(tmp_path / "cache", 1_000_000)])


CACHES: dict[str, Callable] = {
    "memory": a_memory,
    "disk": a_disk,
    "redis": a_redis,
    "s3": a_bucket,
    "tiered": two_tiers,
}


async def flushed(url: str) -> None:
    """Removes the answers of earlier tests, and nothing else."""
    async with redis_client(url) as client:
        if names := await client.keys("darkroom:answers:*"):
            await client.delete(*names)


@pytest.fixture(params=["memory", "disk", "redis", "s3", "tiered"])
async def cache(request, tmp_path):
    made = await CACHES[request.param](request, tmp_path)
    await made.start()
    yield made
    await made.close()


def files_of(disk: Disk) -> list[Path]:
    return [path for path in disk._answers.rglob("*") if path.is_file()]


def taken_bytes(folder: Path) -> int:
    """In the blocks that the file system gave the files; of folders there are never more than 257."""
    total = 0
    for path in folder.glob("*/*/*"):
        with contextlib.suppress(FileNotFoundError):
            total += path.stat().st_blocks * 512
    return total


async def swept(disk: Disk) -> None:
    """After a whole sweep of ours; another one may be under way by itself."""
    async with asyncio.timeout(10):
        while await disk.sweep() is None:
            await asyncio.sleep(0.01)


def age(disk: Disk, which: CacheKey, seconds: float) -> None:
    used = time.time() - seconds
    os.utime(disk.path_of(which), (used, used))


@pytest.fixture
async def disk(tmp_path):
    """Room for 20 answers; counted, because an uncounted folder takes no more than its budget on trust."""
    made = Disk(tmp_path / "cache", 20 * BLOCK_BYTES, touch_every_s=0, settle_s=0)
    await made.start()
    await swept(made)
    yield made
    await made.close()


class TestEveryCache:
    async def test_gives_back_what_was_put(self, cache):
        await cache.put(key(), rendered())
        assert await cache.get(key()) == rendered()

    async def test_an_empty_body_is_an_answer_too(self, cache):
        await cache.put(key(), rendered(b""))
        assert await cache.get(key()) == rendered(b"")

    async def test_does_not_mix_up_sources_and_requests(self, cache):
        await cache.put(key("a", "x"), rendered(b"ax"))
        assert await cache.get(key("a", "y")) is None
        assert await cache.get(key("b", "x")) is None

    async def test_the_last_put_wins(self, cache):
        await cache.put(key(), rendered(b"fast"))
        await cache.put(key(), rendered(b"better"))
        assert await cache.get(key()) == rendered(b"better")

    async def test_purges_one_source_and_no_other(self, cache):
        for source, request in [("a", "x"), ("a", "y"), ("b", "x")]:
            await cache.put(key(source, request), rendered())
        copies = 2 if cache.name == "tiered" else 1
        assert await cache.purge(key("a").source) == 2 * copies
        assert await cache.get(key("a", "x")) is None
        assert await cache.get(key("a", "y")) is None
        assert await cache.get(key("b", "x")) == rendered()
        assert await cache.purge(key("a").source) == 0

    @pytest.mark.parametrize("source", ["", ".", "..", "*", "/", "../answers"])
    async def test_a_source_that_is_no_digest_purges_nothing(self, cache, source):
        await cache.put(key(), rendered())
        assert await cache.purge(source) == 0
        assert await cache.get(key()) == rendered()

    async def test_many_at_once(self, cache):
        keys = [key(str(n % 5), str(n)) for n in range(50)]
        await asyncio.gather(*(cache.put(k, rendered(k.request.encode())) for k in keys))
        answers = await asyncio.gather(*(cache.get(k) for k in keys))
        assert answers == [rendered(k.request.encode()) for k in keys]

    async def test_a_closed_cache_is_empty_and_quiet(self, cache):
        await cache.close()
        if cache.name not in {"memory", "tiered"}:
            await cache.put(key("later"), rendered())
            assert await cache.get(key("later")) is None
            assert await cache.purge(key("later").source) == 0


class TestPacking:
    @given(st.binary(), st.text(), st.floats(allow_nan=False), st.integers(0, 2**40))
    def test_unpack_is_the_inverse_of_pack(self, body, media_type, modified_s, pages):
        whole = Rendered(body, media_type, 3, 2, etag_of(body), modified_s, pages)
        assert unpack(pack(whole)) == whole

    @given(st.binary(max_size=300))
    def test_anything_else_is_none(self, data):
        assert unpack(data) is None
        assert unpack(b"DRK3" + data) is None

    @given(st.data())
    def test_a_cut_or_damaged_answer_is_none(self, data):
        packed = pack(rendered(b"some pixels"))
        cut = data.draw(st.integers(0, len(packed) - 1))
        assert unpack(packed[:cut]) is None
        at = data.draw(st.integers(0, len(packed) - 1))
        damaged = bytearray(packed)
        damaged[at] ^= data.draw(st.integers(1, 255))
        assert unpack(bytes(damaged)) is None


class TestMemory:
    async def test_keeps_its_budget_and_drops_what_was_asked_longest_ago(self):
        memory = Memory(max_bytes=10_000, max_item_bytes=5000)
        for name in "abc":
            memory.keep(key(name), rendered(bytes(1800)))
        assert memory.lookup(key("a"))
        memory.keep(key("d"), rendered(bytes(1800)))
        assert memory.lookup(key("b")) is None
        assert memory.lookup(key("a"))
        assert memory.lookup(key("c"))
        assert memory.held_bytes <= 10_000

    async def test_what_is_asked_for_again_survives_a_scan_of_ten_times_its_budget(self):
        memory = Memory(max_bytes=100_000)
        popular = [key(str(n)) for n in range(12)]
        for name in popular:
            memory.keep(name, rendered(bytes(2000)))
            memory.lookup(name)
        for n in range(300):
            memory.keep(key(f"crawled {n}"), rendered(bytes(2000)))
        assert all(map(memory.lookup, popular))
        assert set(popular) <= set(memory.proven)

    async def test_what_comes_back_soon_is_taken_for_popular(self):
        memory = Memory(max_bytes=20_000, max_item_bytes=20_000)
        for name in "abcdefgh":
            memory.keep(key(name), rendered(bytes(2000)))
        assert memory.lookup(key("c")) is None
        memory.keep(key("c"), rendered(bytes(2000)))
        assert memory.proven == (key("c"),)

    async def test_what_was_popular_leaves_when_it_is_asked_for_no_more(self):
        memory = Memory(max_bytes=100_000)
        for age in ("old", "new", "newest"):
            for _ in range(4):
                for n in range(20):
                    name = key(f"{age} {n}")
                    if memory.lookup(name) is None:
                        memory.keep(name, rendered(bytes(2000)))
        assert not any(memory.lookup(key(f"old {n}")) for n in range(20))
        assert all(memory.lookup(key(f"newest {n}")) for n in range(20))

    async def test_a_hit_copies_nothing(self):
        memory, whole = Memory(1_000_000), rendered()
        memory.keep(key(), whole)
        assert memory.lookup(key()) is whole

    async def test_a_body_above_the_item_limit_is_not_kept_and_its_old_one_goes(self):
        memory = Memory(max_bytes=100_000, max_item_bytes=10)
        memory.keep(key(), rendered(b"small"))
        memory.keep(key(), rendered(b"much too large"))
        assert memory.lookup(key()) is None
        assert memory.held_bytes == 0

    @given(st.lists(st.tuples(st.sampled_from("pgk"), st.integers(0, 9), st.integers(0, 3000))))
    def test_its_books_are_right_whatever_happens(self, story):
        memory = Memory(max_bytes=12_000)
        for act, name, size in story:
            which = key(str(name % 3), str(name))
            if act == "k":
                memory.keep(which, rendered(bytes(size)))
            elif act == "g":
                memory.lookup(which)
            else:
                asyncio.run(memory.purge(which.source))
            assert memory.held_bytes <= 12_000
            assert sum(map(len, memory._by_source.values())) == len(memory._new) + len(
                memory._proven
            )
            assert memory._new_bytes == sum(entry.held_bytes for entry in memory._new.values())
        for source in tuple(memory._by_source):
            asyncio.run(memory.purge(source))
        assert memory.held_bytes == 0


class TestDisk:
    async def test_a_restart_keeps_what_it_holds(self, disk, tmp_path):
        await disk.put(key(), rendered())
        await disk.close()
        again = Disk(tmp_path / "cache", 20 * BLOCK_BYTES)
        await again.start()
        assert await again.get(key()) == rendered()
        await again.close()

    async def test_two_processes_worth_of_tiers_share_one_folder(self, disk, tmp_path):
        other = Disk(tmp_path / "cache", 20 * BLOCK_BYTES)
        await other.start()
        await disk.put(key(), rendered())
        assert await other.get(key()) == rendered()
        assert await other.purge(key().source) == 1
        assert await disk.get(key()) is None
        await other.close()

    @pytest.mark.parametrize(
        "damage",
        [
            lambda _: b"",
            lambda data: data[:-1],
            lambda data: data + b"x",
            lambda data: data[:-1] + b"\0",
            lambda data: b"GIF89a" + data,
        ],
        ids=["empty", "cut", "longer", "one byte", "something else"],
    )
    async def test_a_damaged_file_is_a_miss_and_goes_away(self, disk, damage):
        await disk.put(key(), rendered())
        (path,) = files_of(disk)
        path.write_bytes(damage(path.read_bytes()))
        assert await disk.get(key()) is None
        assert files_of(disk) == []
        await disk.put(key(), rendered())
        assert await disk.get(key()) == rendered()

    async def test_over_budget_the_least_recently_used_go_and_a_hit_counts_as_use(self, disk):
        names = [key(str(n)) for n in range(20)]
        for n, name in enumerate(names):
            await disk.put(name, rendered(bytes(3000)))
            age(disk, name, 1000 - n)
        assert await disk.get(names[0])
        await disk.put(key("one more"), rendered(bytes(3000)))
        await swept(disk)
        left = [n for n, name in enumerate(names) if await disk.get(name)]
        assert left == [0, *range(3, 20)]

    async def test_what_is_asked_for_again_survives_a_scan_of_ten_times_its_budget(self, disk):
        popular = [key(str(n)) for n in range(8)]
        for name in popular:
            await disk.put(name, rendered())
            assert await disk.get(name)
        for n in range(200):
            await disk.put(key(f"crawled {n}"), rendered())
            if n % 5 == 0:
                await swept(disk)
        assert all([await disk.get(name) for name in popular])

    async def test_better_bytes_are_worth_what_the_old_ones_were(self, disk):
        await disk.put(key(), rendered())
        for _ in range(5):
            assert await disk.get(key())
        (before,) = files_of(disk)
        worth = before.stat().st_mtime
        await disk.put(key(), rendered(b"better"))
        (after,) = files_of(disk)
        assert after.stat().st_mtime >= worth

    async def test_what_memory_answers_in_its_place_stays_too(self, tmp_path):
        popular = [key(str(n)) for n in range(4)]
        disk = Disk(tmp_path, 20 * BLOCK_BYTES, vouched=lambda: popular)
        await disk.start()
        for name in popular:
            await disk.put(name, rendered())
        for n in range(100):
            await disk.put(key(f"later {n}"), rendered())
            if n % 5 == 0:
                await swept(disk)
        assert all([await disk.get(name) for name in popular])
        await disk.close()

    @pytest.mark.parametrize("body_bytes", [100, 4000, 30_000])
    async def test_real_usage_stays_within_five_per_cent_under_churn(self, tmp_path, body_bytes):
        """By what the file system says; two tiers as two workers."""
        budget = 400 * blocks(body_bytes + 200) * BLOCK_BYTES
        tiers = [Disk(tmp_path / "cache", budget) for _ in range(2)]
        for tier in tiers:
            await tier.start()
        await swept(tiers[0])
        taken = []
        for n in range(1200):
            await tiers[n % 2].put(key(str(n)), rendered(bytes(body_bytes)))
            if n % 30 == 0:
                taken.append(taken_bytes(tmp_path / "cache" / "answers"))
                await swept(tiers[1])
                taken.append(taken_bytes(tmp_path / "cache" / "answers"))
        for tier in tiers:
            await tier.close()
        assert max(taken) <= 1.05 * budget
        assert min(taken[60:]) >= 0.945 * budget  # a file more than needed may go

    @given(st.lists(st.integers(0, 5), min_size=1, max_size=12), st.integers(1, 12))
    def test_a_sweep_leaves_the_youngest_whatever_the_order_on_disk(self, ages, room):
        """Ages in seconds, one block each; among equals any may go."""
        with tempfile.TemporaryDirectory() as folder:
            root, used = Path(folder), int(time.time()) - 100
            (root / "answers" / "source").mkdir(parents=True)
            for n, age_s in enumerate(ages):
                path = root / "answers" / "source" / str(n)
                path.write_bytes(b"x")
                os.utime(path, (used - age_s, used - age_s))
            sweep(root / "answers", Ledger(root, 0), room * BLOCK_BYTES, Halt())
            left = [used - int(path.stat().st_mtime) for path in root.glob("answers/*/*")]
        keeps = len(ages) if len(ages) <= room else int(room * 0.95)
        assert sorted(left) == sorted(ages)[:keeps]

    def test_a_clock_that_was_wrong_keeps_nothing_for_ever(self, tmp_path):
        (tmp_path / "answers").mkdir()
        path = tmp_path / "answers" / "from 2100"
        path.write_bytes(b"x")
        os.utime(path, (4_102_444_800,) * 2)
        ledger = Ledger(tmp_path, 10 * BLOCK_BYTES)
        sweep(tmp_path / "answers", ledger, 10 * BLOCK_BYTES, Halt())
        assert path.stat().st_mtime <= ledger.pace.latest_s

    async def test_the_youngest_of_one_second_stay(self, disk):
        second = int(time.time()) - 100
        for n in range(21):
            name = key(str(n))
            await disk.put(name, rendered())
            os.utime(disk.path_of(name), ns=(0, second * 10**9 + n * 1000))
        await swept(disk)
        left = [n for n in range(21) if disk.path_of(key(str(n))).exists()]
        assert left == list(range(2, 21))

    async def test_the_budget_is_kept_while_writing_without_pause(self, disk, tmp_path):
        """Two tiers over one folder, as two workers; the ledger adds up what both write."""
        other = Disk(tmp_path / "cache", 20 * BLOCK_BYTES)
        await other.start()
        for n in range(150):
            await (disk, other)[n % 2].put(key(str(n)), rendered(bytes(5000)))
            if n % 10 == 0:
                await swept(disk)
            assert len(files_of(disk)) * 2 <= 22
        await other.close()
        assert len(files_of(disk)) >= 5

    async def test_a_new_folder_keeps_its_budget_before_anything_was_counted(self, tmp_path):
        """Also after it was deleted; what there is without a ledger has to be counted first."""
        disk = Disk(tmp_path / "cache", 20 * BLOCK_BYTES)
        await disk.start()
        for _ in range(2):
            for n in range(30):
                await disk.put(key(str(n)), rendered())
            assert len(files_of(disk)) == 21  # one may cross the line
            shutil.rmtree(tmp_path / "cache")
        await disk.close()

    async def test_housekeeping_runs_by_itself_when_the_budget_is_passed(self, disk):
        for n in range(21):
            await disk.put(key(str(n)), rendered())
        async with asyncio.timeout(10):
            while len(files_of(disk)) > 19:
                await asyncio.sleep(0.02)
        assert len(files_of(disk)) == 19

    async def test_the_ledger_counts_what_is_there_after_a_restart(self, tmp_path):
        disk = Disk(tmp_path, 100 * BLOCK_BYTES, settle_s=0)
        await disk.start()
        await swept(disk)
        for n in range(7):
            await disk.put(key(str(n)), rendered())
        await disk.close()
        ledger = Ledger(tmp_path, 100 * BLOCK_BYTES)
        assert ledger.held_bytes() == 7 * BLOCK_BYTES
        (tmp_path / "ledger").unlink()
        await disk.start()
        async with asyncio.timeout(10):
            while ledger.held_bytes() != 7 * BLOCK_BYTES:
                await asyncio.sleep(0.02)
        await disk.close()

    def test_a_count_that_was_cut_short_counts_as_full(self, tmp_path):
        ledger, halt = Ledger(tmp_path, 2000 * BLOCK_BYTES), Halt()
        for n in range(1001):
            (tmp_path / str(n)).write_bytes(b"x")
        halt.set()
        assert sweep(tmp_path, ledger, 2000 * BLOCK_BYTES, halt) is None
        assert ledger.held_bytes() == 2001 * BLOCK_BYTES
        assert ledger.over

    async def test_leftovers_of_writers_that_died_go_after_an_hour(self, tmp_path):
        disk = Disk(tmp_path, 1_000_000, settle_s=0)
        disk._new.mkdir()
        old, young = disk._new / "old", disk._new / "young"
        old.write_bytes(b"half")
        young.write_bytes(b"half")
        os.utime(old, (time.time() - 3700,) * 2)
        await disk.start()
        async with asyncio.timeout(10):
            while old.exists():
                await asyncio.sleep(0.02)
        assert young.exists()
        await disk.close()

    async def test_a_start_looks_at_no_answer_however_many_there_are(self, tmp_path, monkeypatch):
        """With and without a ledger: the first answers come before housekeeping."""
        looked: list[Path] = []

        def look(folder: Path) -> Iterator[Path]:
            looked.append(folder)
            return iter(())

        monkeypatch.setattr("imgproxy.caches.sweeping._files", look)
        for settle_s in (60, 0):
            disk = Disk(tmp_path, 1_000_000, settle_s=settle_s)
            await disk.start()
            await disk.put(key(), rendered())
            assert await disk.get(key()) == rendered()
            await asyncio.sleep(0.1)
            await disk.close()
            assert bool(looked) == (settle_s == 0)
            (tmp_path / "ledger").unlink()

    async def test_a_disk_in_trouble_is_a_miss_and_one_line(self, tmp_path, log_lines):
        (tmp_path / "cache").write_bytes(b"a file where the folder should be")
        disk = Disk(tmp_path / "cache", 1_000_000)
        await disk.start()
        for n in range(5):
            await disk.put(key(str(n)), rendered())
            assert await disk.get(key(str(n))) is None
            assert disk.in_trouble
            assert disk.held_bytes is None
        await disk.close()
        assert [line["log_level"] for line in log_lines] == ["warning"]
        assert str(tmp_path) not in repr(log_lines)

    @pytest.mark.parametrize("asked", [1, 3])
    async def test_a_folder_that_can_only_be_read_still_gives(self, disk, monkeypatch, asked):
        def refuse(*_: object) -> None:
            raise OSError(30, "Read-only file system")

        await disk.put(key(), rendered())
        age(disk, key(), 1000)
        monkeypatch.setattr(os, "utime", refuse)
        assert [await disk.get(key()) for _ in range(asked)] == [rendered()] * asked
        assert disk.in_trouble

    async def test_a_full_disk_leaves_no_half_file(self, disk, monkeypatch):
        def full(path, data):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_bytes(data[:3])
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("imgproxy.caches.disk._write_new", full)
        await disk.put(key(), rendered())
        assert await disk.get(key()) is None
        assert not list(disk._new.iterdir())

    async def test_a_reader_never_meets_half_an_answer(self, disk):
        bodies = [bytes([n]) * 20_000 for n in range(4)]

        async def write():
            for n in range(40):
                await disk.put(key(), rendered(bodies[n % 4]))

        writing = asyncio.create_task(write())
        seen = 0
        while not writing.done():
            answer = await disk.get(key())
            assert answer is None or answer.body in bodies
            seen += answer is not None
        await writing
        assert seen


class TestBreaker:
    def test_pauses_after_trouble_and_says_so_once(self, log_lines):
        now = [0.0]
        breaker = Breaker("redis", 5.0, clock=lambda: now[0])
        breaker.trip("reading", OSError(28, "secret"))
        breaker.trip("reading", OSError(28, "secret"))
        now[0] = 4.9
        assert breaker.lets_through is False
        assert breaker.in_doubt
        assert len(log_lines) == 1
        assert "secret" not in repr(log_lines)
        now[0] = 5.0
        assert breaker.lets_through

    def test_after_a_pause_one_goes_ahead_and_the_others_do_not_wait_with_it(self, log_lines):
        now = [0.0]
        breaker = Breaker("redis", 5.0, clock=lambda: now[0])
        breaker.trip("reading", OSError(5))
        now[0] = 5.0
        assert [breaker.admit() for _ in range(3)] == [True, False, False]
        breaker.trip("reading", OSError(5))
        assert len(log_lines) == 2
        now[0] = 10.0
        assert [breaker.admit() for _ in range(3)] == [True, False, False]
        breaker.mend()
        assert [breaker.admit() for _ in range(3)] == [True, True, True]
        assert not breaker.in_doubt

    def test_what_ends_well_during_a_pause_does_not_end_it(self):
        breaker = Breaker("redis", 5.0, clock=lambda: 0.0)
        assert breaker.admit()
        breaker.trip("reading", OSError(5))
        breaker.mend()
        assert not breaker.admit()


class TestRedisCache:
    async def test_large_answers_are_handed_over_and_larger_ones_left_to_other_tiers(
        self, redis_url
    ):
        cache = RedisCache(redis_url, max_item_bytes=10, handover_s=7, max_handover_bytes=20)
        await cache.start()
        await cache.put(key("large"), rendered(b"fifteen bytes.."))
        assert await cache.get(key("large")) == rendered(b"fifteen bytes..")
        async with redis_client(redis_url) as client:
            (name,) = await client.keys(f"darkroom:handover:*{key('large').source}*")
            assert 0 < await client.ttl(name) <= 7
        assert await cache.remove(key("large")) == 1
        assert await cache.get(key("large")) is None
        await cache.put(key("larger"), rendered(b"more than twenty bytes"))
        assert await cache.get(key("larger")) is None
        await cache.close()

    async def test_answers_go_after_a_while(self, redis_url):
        cache = RedisCache(redis_url, ttl_s=100)
        await cache.start()
        await cache.put(key("mortal"), rendered())
        async with redis_client(redis_url) as client:
            (name,) = await client.keys(f"darkroom:answers:*{key('mortal').source}")
            assert 90 <= await client.ttl(name) <= 100
        await cache.close()

    async def test_a_damaged_answer_is_a_miss(self, redis_url):
        cache = RedisCache(redis_url)
        await cache.start()
        await cache.put(key("damaged"), rendered())
        async with redis_client(redis_url) as client:
            (name,) = await client.keys(f"darkroom:answers:*{key('damaged').source}")
            await client.hset(name, key().request, b"DRK3 something")
        assert await cache.get(key("damaged")) is None
        await cache.close()

    async def test_a_redis_that_is_away_is_a_miss_one_line_and_a_pause(self, log_lines):
        cache = RedisCache("redis://:password@127.0.0.1:1/0")
        await cache.start()
        for n in range(30):
            await cache.put(key(str(n)), rendered())
            assert await cache.get(key(str(n))) is None
        assert await cache.purge(key().source) == 0
        assert cache.in_trouble
        await cache.close()
        assert len(log_lines) == 1
        assert "password" not in repr(log_lines)

    async def test_a_redis_that_hangs_is_left_at_the_deadline(self, silent_server, log_lines):
        cache = RedisCache(f"redis://127.0.0.1:{silent_server}/0", timeout_s=0.1)
        await cache.start()
        assert await cache.get(key()) is None
        assert await cache.get(key()) is None
        await cache.close()
        assert len(log_lines) == 1


class TestS3Cache:
    async def test_a_store_that_is_away_is_a_miss_one_line_and_a_pause(
        self, s3_endpoint, log_lines
    ):
        cache = S3Cache("bucket", endpoint_url="http://127.0.0.1:1")
        await cache.start()
        for _ in range(5):
            await cache.put(key(), rendered())
            assert await cache.get(key()) is None
            assert await cache.purge(key().source) == 0
        await cache.close()
        assert len(log_lines) == 1

    async def test_a_missing_bucket_is_trouble_not_an_error(self, s3_endpoint, log_lines):
        cache = S3Cache("absent", endpoint_url=s3_endpoint)
        await cache.start()
        await cache.put(key(), rendered())
        assert await cache.get(key()) is None
        await cache.close()
        assert len(log_lines) == 1

    async def test_a_store_that_hangs_is_left_at_the_deadline(
        self, s3_endpoint, silent_server, log_lines
    ):
        cache = S3Cache("b", endpoint_url=f"http://127.0.0.1:{silent_server}", timeout_s=0.1)
        await cache.start()
        assert await cache.get(key()) is None
        await cache.close()
        assert len(log_lines) == 1


class Shelf:
    """The plainest Cache, which can be told to hang or to break."""

    name = "shelf"
    held_bytes = None
    in_trouble = False

    def __init__(self) -> None:
        self.items: dict[CacheKey, Rendered] = {}
        self.asked = 0
        self.hangs = self.breaks = False

    async def _come(self) -> None:
        self.asked += 1
        if self.hangs:
            await asyncio.sleep(60)
        if self.breaks:
            raise ValueError("a bug")

    async def get(self, key: CacheKey) -> Rendered | None:
        await self._come()
        return self.items.get(key)

    async def put(self, key: CacheKey, rendered: Rendered) -> None:
        await self._come()
        self.items[key] = rendered

    async def purge(self, source: str) -> int:
        await self._come()
        gone = [k for k in self.items if k.source == source]
        for k in gone:
            del self.items[k]
        return len(gone)

    async def remove(self, key: CacheKey) -> int:
        await self._come()
        return int(self.items.pop(key, None) is not None)

    async def start(self) -> None:
        self.asked = 0

    async def close(self) -> None:
        self.items.clear()


class TestTiered:
    async def test_reads_fall_through_and_promote_to_every_faster_tier(self):
        memory, near, far = Memory(1_000_000), Shelf(), Shelf()
        tiers = Tiered([memory, near, far])
        far.items[key()] = rendered()
        assert tiers.lookup(key()) is None
        assert await tiers.get(key()) == rendered()
        assert tiers.lookup(key()) == rendered()
        await asyncio.gather(*tiers._writes)
        assert near.items == {key(): rendered()}
        assert await tiers.get(key()) == rendered()
        assert far.asked == 1
        await tiers.close()

    async def test_writes_go_to_all_and_to_memory_at_once(self):
        memory, near, far = Memory(1_000_000), Shelf(), Shelf()
        near.hangs = True
        tiers = Tiered([near, memory, far], put_timeout_s=0.05)
        putting = asyncio.create_task(tiers.put(key(), rendered()))
        await asyncio.sleep(0)
        assert tiers.lookup(key()) == rendered()
        await putting
        assert far.items == {key(): rendered()}
        assert near.items == {}

    @pytest.mark.parametrize("trouble", ["hangs", "breaks"])
    async def test_a_tier_in_trouble_is_passed_over_and_left_alone(self, trouble, log_lines):
        near, far = Shelf(), Shelf()
        setattr(near, trouble, True)
        far.items[key()] = rendered()
        tiers = Tiered([near, far], get_timeout_s=0.05)
        for _ in range(3):
            assert await tiers.get(key()) == rendered()
        assert near.asked == 1
        assert len(log_lines) == 1
        await tiers.close()

    async def test_a_purge_goes_everywhere_even_to_a_tier_that_was_in_trouble(self):
        memory, near = Memory(1_000_000), Shelf()
        tiers = Tiered([memory, near])
        await tiers.put(key(), rendered())
        near.breaks = True
        await tiers.get(key("other"))
        near.breaks = False
        assert await tiers.purge(key().source) == 2
        assert (near.items, memory.held_bytes) == ({}, 0)

    async def test_promotions_are_limited_and_end_with_the_tiers(self):
        near, far = Shelf(), Shelf()
        tiers = Tiered([near, far])
        for n in range(300):
            far.items[key(str(n))] = rendered()
        near.hangs = True
        tiers._breakers[0].trip = lambda *_: None  # type: ignore[method-assign]
        tiers._get_timeout_s = 0.001
        for n in range(300):
            await tiers.get(key(str(n)))
        assert len(tiers._writes) == 256
        await tiers.close()
        assert not tiers._writes


@pytest.fixture
async def silent_server():
    """The port of a server that listens and never answers."""

    async def listen(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture
def log_lines():
    from structlog.testing import capture_logs

    with capture_logs() as lines:
        yield lines
