"""The connections to the desk of incident-day."""

import asyncio


class Reader:
    def __init__(self, text):
        self.text = text

    async def read(self, most):
        piece, self.text = self.text[:most], self.text[most:]
        return piece


class Writer:
    def __init__(self, address):
        self.address, self.text, self.closed = address, b"", False

    def get_extra_info(self, name):
        return self.address and (self.address, 1)

    def write(self, text):
        self.text += text

    async def drain(self):
        pass

    def close(self):
        self.closed = True


def asked(node, address, text=b"k\thello\n"):
    writer = Writer(address)
    asyncio.run(node.request(Reader(text), writer))
    assert writer.closed
    return writer.text.decode()


def test_no_sequence_for_a_terminal_gets_to_others(world):
    node = world.desk.Desk(world.day)
    asked(node, "2001:db8:1:2::2", "k\tcall\tAS64496\t\x1b[2Jhe\x9bllo\r\u202e \x07…\n".encode())
    [call] = world.type(1, "calls", key="").splitlines()
    assert call.endswith("to AS64496: [2Jhello …")


def test_a_report_keeps_its_lines(desk):
    assert asyncio.run(desk.receive(Reader(b"k\treport\nwhat: leak\r\n\x00why:\n"))) == "k\treport\nwhat: leak\nwhy:\n"


def test_the_desk_answers_the_seats_and_the_instructor_only(world):
    node = world.desk.Desk(world.day)
    assert asked(node, "2001:db8:1:1::2") == "hello\n"
    assert "Nobody misbehaves" in asked(node, "::1", b"off\n")
    for address in ("2001:db8:1:1::3", "2001:db8:3:1::1", "3fff:1::1", None):
        assert asked(node, address) == ""


def test_a_seat_has_so_many_connections_at_once_and_no_more(world):
    node, full = world.desk.Desk(world.day), world.desk.MOST_OPEN
    node.open["2001:db8:1:1::2"] = full
    assert asked(node, "2001:db8:1:1::2") == ""
    assert asked(node, "2001:db8:1:2::2") == "hello\n"
    node.open["2001:db8:1:1::2"] = full - 1
    for _ in range(3):
        assert asked(node, "2001:db8:1:1::2") == "hello\n"
    assert node.open["2001:db8:1:2::2"] == 0


def test_a_router_without_a_key_is_nobody_and_shifts_no_words(world):
    node = world.desk.Desk(world.day)
    assert asked(node, "2001:db8:1:1::2", b"\tduty\t1\t\n").startswith("noc contacts")
    assert world.day.states[1].incidents == []
    assert asked(node, "2001:db8:1:1::2", b"k\t\thello\t\n") == "hello\n"
