"""`python -m api work` and `python -m api pictures …`, as an operator runs them."""

import asyncio
import os
import signal
import subprocess
import sys

import pytest

from api.cleaning import ForgetPhotos
from api.jobs import order
from api.jobs.table import TableQueue
from tests import databases
from tests.conftest import ROOT


@pytest.fixture
def environment(tmp_path):
    ours = {"DARKROOM_DATA": str(tmp_path), "DARKROOM_SEED": "0", "WORKERS": "1"}
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return {**kept, **ours, "DARKROOM_RENDERERS": "1"}


def _run(environment, *words, **more):
    command = [sys.executable, "-m", "api", *words]
    done = subprocess.run(
        command,
        check=False,
        cwd=ROOT,
        env={**environment, **more},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("words", ["pictures aply", "works"])
def test_words_that_mean_nothing_are_told_the_usage(environment, words):
    code, _, told = _run(environment, *words.split())
    assert code == 2
    assert told.startswith("usage: python -m api ")
    assert "plan|apply|rollback|status|collect" in told


def test_a_spec_that_is_not_there_is_named(environment):
    code, _, told = _run(environment, "pictures", "plan", DARKROOM_AHEAD="card,cart")
    assert code == 2
    assert told.startswith("DARKROOM_AHEAD='cart' is not valid: expected some of card, ")


def test_versions_from_nothing_to_a_rollback(environment):
    def pictures(*words, **more):
        code, told, trouble = _run(environment, "pictures", *words, **more)
        assert "Traceback" not in trouble
        return code, told

    assert pictures("status") == (
        0,
        "no version yet; `python -m api pictures apply` makes the first\n",
    )
    code, plan = pictures("plan")
    assert code == 0
    assert plan.startswith("no version is applied\n  card         new\n")
    assert "to render: 0 URLs of 0 photos" in plan
    assert pictures("rollback") == (1, "there is no earlier version to return to\n")
    code, told = pictures("apply")
    assert code == 0
    assert told.startswith("version 1    applied")
    code, told = pictures("apply", DARKROOM_AHEAD="card")
    assert told.startswith("version 2    applied")
    assert "card (ahead)" in told
    code, told = pictures("rollback")
    assert code == 0
    assert told.startswith("version 3 returns to 1\nversion 3    applied")
    assert [line[:10] for line in pictures("status")[1].splitlines()[:3]] == [
        "version 3 ",
        "version 2 ",
        "version 1 ",
    ]
    assert pictures("collect", "--remove") == (0, "0 originals without a row, 0 B\n")


async def test_a_worker_does_jobs_and_stops_when_told(environment, tmp_path):
    async with databases.migrated(f"sqlite:///{tmp_path}/darkroom.sqlite"):
        job_id = await TableQueue().enqueue(order(ForgetPhotos(("properties/1/gone",))))
        command = [sys.executable, "-m", "api", "work"]
        worker = subprocess.Popen(command, cwd=ROOT, env={**environment, "DARKROOM_JOBS": "0"})
        try:
            async with asyncio.timeout(60):
                while (await _state(job_id)) != "done":
                    await asyncio.sleep(0.1)
            worker.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(worker.wait, 30) == 0
        finally:
            worker.kill()
            worker.wait()


async def _state(job_id):
    status = await TableQueue().status(job_id)
    return status and status.state
