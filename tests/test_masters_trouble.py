"""A folder of masters in trouble is left alone, and tried by one before all come back."""

import asyncio
from contextlib import AsyncExitStack

from imgproxy.breaker import Breaker
from imgproxy.flights.files import FileLeases
from imgproxy.masters import Masters
from imgproxy.metrics import Metrics
from imgproxy.renderers.desk import Desk


async def test_after_trouble_with_the_folder_one_tries_before_all_do(tmp_path):
    now = [0.0]
    masters = Masters(tmp_path, 10**8, FileLeases(tmp_path / "leases"), Metrics())
    masters._breaker = Breaker("masters", 30.0, clock=lambda: now[0])
    await masters.start()
    desk = Desk(4096)

    async def may_keep(*sources: str) -> list[str]:
        async with AsyncExitStack() as stack:
            visits = [
                await stack.enter_async_context(masters.visit(each, "1", 0)) for each in sources
            ]
            put = [
                masters.hear(visit, "made", desk.fd, 4096)
                for visit in visits
                if visit.keep != "never"
            ]
            await asyncio.gather(*filter(None, put))
        return [visit.keep for visit in visits]

    (tmp_path / "new").rmdir()
    (tmp_path / "new").write_text("in the way")
    assert await may_keep("a1") == ["dear"]
    assert await may_keep("a2", "a3") == ["never", "never"], "a pause"
    now[0] = 31.0
    assert await may_keep("a4", "a5") == ["dear", "never"], "one tries, in vain"
    (tmp_path / "new").unlink()
    (tmp_path / "new").mkdir()
    now[0] = 62.0
    assert await may_keep("a6", "a7") == ["dear", "never"]
    assert await may_keep("a8", "a9") == ["dear", "dear"]
    await masters.close()
    desk.close()
