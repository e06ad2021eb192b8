"""What was asked for lately stays, the rest goes, and the number is bounded."""

from imgproxy.recent import Recent


def test_what_was_kept_is_found():
    table: Recent[str, int] = Recent(3)
    assert table.get("a") is None
    table.keep("a", 1)
    assert table.get("a") == 1


def test_it_holds_at_most_twice_as_many():
    table: Recent[int, int] = Recent(3)
    for number in range(100):
        table.keep(number, number)
        assert len(table) <= 6
    assert [number for number in range(100) if table.get(number) is not None][-3:] == [97, 98, 99]


def test_what_is_asked_for_in_between_stays():
    table: Recent[int, str] = Recent(3)
    table.keep(-1, "asked for")
    for number in range(100):
        table.keep(number, "once")
        if number % 3 == 0:
            assert table.get(-1) == "asked for"


def test_nothing_is_left_of_what_was_cleared():
    table: Recent[int, int] = Recent(2)
    for number in range(4):
        table.keep(number, number)
    table.clear()
    assert [table.get(number) for number in range(4)] == [None] * 4
    assert len(table) == 0
