"""Reads the room as an instructor does: a row for each seat, with its stages and signs."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser

PASSED = "pass"


@dataclass(frozen=True, slots=True)
class Seen:
    """One seat, as the room shows it or as its trainee knows it: name, passed stages, raised hand."""

    name: str
    passed: tuple[bool, ...]
    hand: bool = False


class RoomView(HTMLParser):
    """The room as its page shows it. ``seats`` are its seats by number."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seats: dict[int, Seen] = {}
        self._new_row()
        self.feed(text)

    def _new_row(self) -> None:
        self._number, self._name, self._hand, self._in_name = 0, "", False, False
        self._passed: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        classes = found.get("class", "").split()
        if tag == "tr":
            self._new_row()
        elif tag == "input" and found.get("name") == "seats":
            self._number = int(found["value"])
        elif tag == "td" and "c" in classes:
            self._passed.append(PASSED in classes)
        elif tag == "use" and found.get("href") == "#s-hand":
            self._hand = True
        elif tag == "span":
            self._in_name = "who" in classes

    def handle_data(self, data: str) -> None:
        if self._in_name:
            self._name += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "span":
            self._in_name = False
        elif tag == "tr" and self._number:
            self.seats[self._number] = Seen(self._name.strip(), tuple(self._passed), self._hand)


class Changes:
    """Changes that the room has yet to show. ``took`` is called with the seconds of each."""

    def __init__(self, took: Callable[[float], None]) -> None:
        self._took = took
        self._lock = threading.Lock()
        self._shown: Mapping[int, Seen] = {}
        self._awaited: list[tuple[float, int, Callable[[Seen], bool]]] = []

    def __len__(self) -> int:
        return len(self._awaited)

    def expect(self, number: int, there: Callable[[Seen], bool], since: float) -> None:
        """Expect the seat to look like this from now on."""
        with self._lock:
            self._awaited.append((since, number, there))
            self._look(since)

    def shown(self, seats: Mapping[int, Seen], now: float) -> None:
        """Compare with the seats of a new page."""
        with self._lock:
            self._shown = seats
            self._look(now)

    def _look(self, now: float) -> None:
        awaited, self._awaited = self._awaited, []
        for since, number, there in awaited:
            if number in self._shown and there(self._shown[number]):
                self._took(now - since)
            else:
                self._awaited.append((since, number, there))

    def give_up(self, now: float) -> None:
        """Count what is still missing as having taken at least this long."""
        with self._lock:
            for since, _number, _there in self._awaited:
                self._took(now - since)
            self._awaited = []


def wrong(shown: Mapping[int, Seen], known: Mapping[int, Seen]) -> list[str]:
    """Return the differences between the room and what the trainees know."""
    found = [f"seat {number} is shown, and nobody sits there" for number in shown.keys() - known.keys()]
    for number, mine in sorted(known.items()):
        if (seat := shown.get(number)) is None:
            found.append(f"seat {number} is not shown")
        elif seat != mine:
            found.append(f"seat {number}: shown is {seat}, its trainee knows {mine}")
    return found
