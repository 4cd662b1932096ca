"""Terminals in a real lab: what outlives the browser, and who waits for whom."""

import time

import pytest

from labs.engine.errors import LabFailed, TookTooLong
from labs.engine.shared import pace
from labs.engine.shared.wire import Kind

pytestmark = pytest.mark.live
WINDOW = 128 * 1024
BURST = 1 << 20  # of labs.supervisor.terminals
RATE = BURST / pace.factor()


def read_for(talk, seconds, until=None):
    """Return the output that comes in this time, or until this comes; not acknowledged."""
    output, end = b"", time.monotonic() + (pace.seconds(seconds) if until else seconds)
    while time.monotonic() < end and (until is None or until not in output):
        try:
            frame = talk.receive(0.2)
        except TookTooLong:
            continue
        if frame is None:
            break
        if frame.kind is Kind.DATA:
            output += frame.payload
    return output


class Drawing:
    """A browser that draws at once whatever comes."""

    def __init__(self, talk):
        self.talk, self.drawn = talk, 0

    def read_for(self, seconds, until=None):
        output, end = b"", time.monotonic() + (pace.seconds(seconds) if until else seconds)
        while time.monotonic() < end and (until is None or until not in output[-4096:]):
            try:
                frame = self.talk.receive(0.2)
            except TookTooLong:
                continue
            if frame and frame.kind is Kind.DATA:
                output, self.drawn = output + frame.payload, self.drawn + len(frame.payload)
                self.talk.send_json({"ack": self.drawn})
        return output


def test_a_shell_outlives_its_window(lab, window, shell_on):
    first = shell_on(lab, "h1", "stays")
    first.type("mine=42")
    first.close()
    second = window("h1", "stays")
    assert b"mine=42" in read_for(second, 5, until=b"mine=42")
    second.send(b"echo answer-$mine\r")
    assert b"answer-42" in read_for(second, 5, until=b"answer-42")


def test_two_windows_see_the_same_shell(window):
    typing, other = window("h1", "both"), window("h1", "both", mode="view")
    typing.send(b"echo two-$((1+1))\r")
    assert b"two-2" in read_for(other, 5, until=b"two-2")


def test_keys_of_a_watcher_on_go_nowhere(window):
    typing, other = window("h1", "look"), window("h1", "look", mode="view")
    read_for(typing, 0.3)
    other.send(b"echo hello-$((40+2))\r")
    assert b"hello-42" not in read_for(typing, 0.7)


def test_no_view_opens_where_nobody_types(window):
    with pytest.raises(LabFailed, match="Nobody has opened"):
        window("h1", "void", mode="view").receive()


def test_a_window_that_does_not_draw_is_sent_no_more_than_its_window_and_ctrl_c_works_at_once(window):
    talk = window("h1", "flood")
    read_for(talk, 0.3)
    talk.send(b"yes no-no-no-no-no-no-no-no\r")
    held_up = read_for(talk, 1.5)
    assert len(held_up) <= WINDOW
    talk.send(b"\x03")
    drawn = len(held_up) + 4096
    talk.send_json({"ack": drawn})
    after = read_for(talk, 0.7)
    talk.send_json({"ack": drawn + len(after)})
    rest = after if b"^C" in after else after + read_for(talk, 5, until=b"^C")
    assert b"^C" in rest
    assert len(rest) < 2 * WINDOW


def test_who_prints_without_end_is_read_at_a_pace_and_what_is_printed_once_comes_at_once(window):
    talk = window("h1", "paced")
    screen = Drawing(talk)
    screen.read_for(0.3)
    began = time.monotonic()
    talk.send(b"seq 1 120000; echo it-is-$((40+2))\r")
    once = screen.read_for(8, until=b"it-is-42")
    took = time.monotonic() - began
    assert len(once) > 800_000
    assert took < pace.seconds(4)
    time.sleep(1.5)
    talk.send(b"yes no-no-no-no-no-no-no-no\r")
    seconds = pace.seconds(4)  # a slow machine prints less in one
    without_end = screen.read_for(seconds)
    assert 2 * RATE < len(without_end) < BURST + (seconds + 1) * RATE
    talk.send(b"\x03")
    assert b"^C" in screen.read_for(3, until=b"^C")


def test_a_watcher_on_who_does_not_draw_holds_nobody_up(lab, window, shell_on):
    typing, other = shell_on(lab, "h2", "busy"), window("h2", "busy", mode="view")
    typing.type("seq 1 60000 | tail -c 300000", 30)
    assert "still-here" in typing.type("echo still-here")
    assert len(read_for(other, 0.5)) <= WINDOW


def test_a_resize_reaches_the_program(window):
    talk = window("h1", "size", rows=24, cols=80)
    read_for(talk, 0.3)
    talk.send_json({"resize": [40, 132]})
    talk.send(b"stty size\r")
    assert b"40 132" in read_for(talk, 5, until=b"40 132")


def test_a_shell_that_ends_says_so_and_can_be_opened_again(lab, window, shell_on):
    talk = window("h1", "ends")
    read_for(talk, 0.3)
    talk.send(b"exit 7\r")
    said = []
    while frame := talk.receive(5):
        if frame.kind is Kind.JSON:
            said.append(frame.json())
    assert {"exited": 7} in said
    assert "fresh" in shell_on(lab, "h1", "ends").type("echo fresh")


def test_a_node_has_so_many_terminals_and_no_more(window):
    talks = [window("b1", f"t{number}") for number in range(8)]
    for talk in talks:
        assert talk.receive().json()["opened"]
    with pytest.raises(LabFailed, match="Close one first"):
        window("b1", "t9").receive()
    for talk in talks:
        talk.send(b"exit\r")


def test_bad_messages_from_a_window_change_nothing(window):
    talk = window("h1", "bad")
    read_for(talk, 0.3)
    for message in ({"resize": "big"}, {"resize": [1]}, {"ack": "all"}, {"ack": -5}, {"resize": [10**9, 10**9]}, {}):
        talk.send_json(message)
    talk.send(b"echo fine-$((1+1))\r")
    assert b"fine-2" in read_for(talk, 5, until=b"fine-2")


def test_a_terminal_on_a_switch_or_on_no_node_is_refused(window):
    for node in ("r9", "../h1"):
        with pytest.raises(LabFailed, match="no running node"):
            window(node).receive()
