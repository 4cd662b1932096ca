import pytest

from labs.engine.runtime import shell
from labs.engine.runtime.shell import until_taken, without_escapes

BUSY = "ipv6 route ...\r\n% command failed, could not lock running DS\r\nr1(config)# "
TAKEN = "ipv6 route ...\r\nr1(config)# "


def test_a_line_is_typed_again_until_frr_accepts_it(monkeypatch):
    monkeypatch.setattr(shell, "BUSY_PAUSE", 0)
    answers = [BUSY, BUSY, TAKEN, "typed once too often"]
    assert until_taken(lambda: answers.pop(0)) == TAKEN
    assert answers == ["typed once too often"]


def test_a_line_that_frr_never_accepts_is_not_typed_for_ever(monkeypatch):
    monkeypatch.setattr(shell, "BUSY_PAUSE", 0)
    asked = []
    assert until_taken(lambda: asked.append(1) or BUSY) == BUSY
    assert len(asked) == 1 + shell.BUSY_TRIES


def test_after_another_error_the_line_is_not_typed_again():
    answers = ["% Unknown command: ipv6 rout\r\nr1(config)# "]
    assert "Unknown command" in until_taken(lambda: answers.pop(0))


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        (b"\x1b[1;31mred\x1b[0m", "red"),
        (b"\x1b[?2004hr1# ", "r1# "),
        (b"\x1b]0;title\x07a\x1b]0;title\x1b\\b", "ab"),
        (b"\x1b=keypad\x1b>", "keypad"),
        (b"\xff\r\n", "\ufffd\r\n"),
    ],
)
def test_escape_sequences_are_no_text(printed, read):
    assert without_escapes(printed) == read
