"""One newcomer per round of the event loop, in order; whoever needs no turn passes them all."""

import asyncio

from imgproxy.errors import Overloaded
from imgproxy.turnstile import Turnstile


async def rounds(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_the_first_of_a_round_does_not_wait():
    turnstile = Turnstile(0)
    for _ in range(3):
        await turnstile.enter()
        await rounds(1)


async def test_the_others_come_in_one_by_one_as_they_came():
    turnstile, entered = Turnstile(100), []

    async def come(number: int) -> None:
        await turnstile.enter()
        entered.append(number)

    tasks = [asyncio.create_task(come(number)) for number in range(10)]
    seen = []
    while len(entered) < len(tasks):
        await rounds(1)
        seen.append(len(entered))
    assert entered == list(range(10))
    assert max(after - before for before, after in zip([0, *seen], seen, strict=False)) == 1


async def test_nobody_waits_for_the_turn_of_one_who_has_left():
    turnstile = Turnstile(100)
    await turnstile.enter()
    first, second, third = (asyncio.create_task(turnstile.enter()) for _ in range(3))
    await rounds(1)
    second.cancel()
    await asyncio.wait_for(asyncio.gather(first, third), 10)
    assert second.cancelled()
    await rounds(3)
    await turnstile.enter()  # and it is free again


async def test_more_than_may_wait_are_refused():
    turnstile = Turnstile(2)
    come = [asyncio.create_task(turnstile.enter()) for _ in range(4)]
    first, second, third, refused = await asyncio.gather(*come, return_exceptions=True)
    assert (first, second, third) == (None, None, None)
    assert isinstance(refused, Overloaded)
    assert "2 requests wait to be read" in str(refused)
