"""One open terminal: the browser's socket on one side, the relay's on the other, and nothing kept in between.

Only what was sent and not yet drawn is on the way, and that is bounded: the supervisor stops at its window, and should
it not, we stop reading from the relay. A slow browser slows down the program in the node, and never fills our memory.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

from labs.engine.errors import LabFailed, LabGone, RelayGone
from labs.engine.runtime.conversation import AsyncConversation
from labs.engine.shared import pace, wire
from labs.terminals.permissions import Sentence
from labs.terminals.tokens import Mode, Ticket

KEYS = 64 * 1024  # bytes of one frame of keys
WINDOW = 256 * 1024  # bytes sent and not acknowledged at which we stop reading; the supervisor stops at half of it
USEFUL = 8 * 1024  # an acknowledgement of so many bytes is not held against the browser
A_SECOND, AT_ONCE = 200, 1000  # frames that a browser may send
OPENS_WITHIN = pace.seconds(10.0)  # seconds for the relay and the supervisor
ROWS, COLS = 500, 1000

MALFORMED, NO_TICKET, NO_RIGHT, GONE, TOO_MANY, OURS = 4400, 4401, 4403, 4404, 4429, 4503  # why a socket is closed
LINE_BROKE = _("The line to the lab broke. Try again in a moment.")


class Closed(Exception):
    """The terminal closes now, for this reason; the sentence is for the person in front of it."""

    def __init__(self, code: int, sentence: Sentence) -> None:
        super().__init__(code, sentence)
        self.code = code
        self.sentence = sentence


class Left(Exception):
    """The browser has gone; there is nobody to tell."""


class Browser(Protocol):
    async def receive(self) -> str | bytes: ...  # raises Left
    async def send(self, value: bytes | Mapping[str, Any]) -> None: ...


def message(text: str | bytes) -> dict[str, Any]:
    """Return the JSON object that a browser sent as text."""
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Closed(MALFORMED, _("We did not understand what the page sent. Load it again."))
    return value


def number(value: object, least: int, most: int) -> int:
    """Return a whole number from a message, within its bounds."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Closed(MALFORMED, _("We did not understand what the page sent. Load it again."))
    return min(max(value, least), most)


def reason(ends: ExceptionGroup[Exception]) -> Exception:
    """Return why a terminal ended, when both its directions may have ended with an error of their own."""
    for error in ends.exceptions:
        if isinstance(error, Closed | Left):
            return error
    if any(isinstance(error, RelayGone | wire.WireError | OSError) for error in ends.exceptions):
        return Closed(OURS, LINE_BROKE)
    return ends


class Meter:
    """Counts a browser's frames: so many at once, so many a second."""

    def __init__(self) -> None:
        self._left = float(AT_ONCE)
        self._at = time.monotonic()

    def count(self) -> None:
        now = time.monotonic()
        self._left = min(AT_ONCE, self._left + (now - self._at) * A_SECOND) - 1
        self._at = now
        if self._left < 0:
            raise Closed(TOO_MANY, _("The page sent too much at once. Open the terminal again."))


class Terminal:
    """Carries frames both ways until one side ends, or ``run`` is cancelled."""

    def __init__(
        self,
        ticket: Ticket,
        browser: Browser,
        relay: AsyncConversation,
        typed: Callable[[str, bytes], None] = lambda session, keys: None,
    ) -> None:
        """TYPED hears of the keys that go into the lab."""
        self._typed = typed
        self._ticket = ticket
        self._browser = browser
        self._relay = relay
        self._opened = asyncio.Event()
        self._sent = 0
        self._drawn = 0
        self._drew = asyncio.Event()
        self._ping = 0
        self._pinged = asyncio.Event()

    async def run(self, rows: int, cols: int) -> None:
        """Open the terminal and carry; always ends with Closed or Left."""
        asks = {"session": self._ticket.session, "op": "terminal", "node": self._ticket.node}
        asks |= {"terminal": self._ticket.terminal, "mode": str(self._ticket.mode)}
        try:
            await self._relay.send_json({**asks, "rows": rows, "cols": cols})
            async with asyncio.TaskGroup() as both:
                both.create_task(self._from_lab())
                both.create_task(self._from_browser())
                both.create_task(self._pongs())
                both.create_task(self._opens())
        except ExceptionGroup as ends:
            raise reason(ends) from ends
        except RelayGone as error:
            raise Closed(OURS, LINE_BROKE) from error
        finally:
            self._relay.close()

    async def _opens(self) -> None:
        try:
            await asyncio.wait_for(self._opened.wait(), OPENS_WITHIN)
        except TimeoutError as error:
            raise Closed(OURS, _("The lab does not answer. Try again in a moment.")) from error

    async def _from_browser(self) -> None:
        meter = Meter()
        while True:
            received = await self._browser.receive()
            if isinstance(received, bytes):
                meter.count()
                await self._keys(received)
            elif not await self._said(message(received)):
                meter.count()

    async def _keys(self, keys: bytes) -> None:
        if len(keys) > KEYS:
            raise Closed(MALFORMED, _("Too much was pasted at once. Paste it in parts."))
        if self._ticket.mode is Mode.CONTROL:
            self._typed(self._ticket.session, keys)
            await self._relay.send(keys)

    async def _said(self, said: Mapping[str, Any]) -> bool:
        """Do what the page asks for; True if it was a useful acknowledgement, of which there may be many."""
        match said:
            case {"ack": drawn}:
                before, self._drawn = self._drawn, max(self._drawn, number(drawn, 0, self._sent))
                if self._drawn > before:
                    self._drew.set()
                    await self._relay.send_json({"ack": self._drawn})
                return self._drawn - before >= USEFUL
            case {"resize": [rows, cols]}:
                if self._ticket.mode is Mode.CONTROL:  # who looks on does not change what the other sees
                    size = [number(rows, 1, ROWS), number(cols, 1, COLS)]
                    await self._relay.send_json({"resize": size})
            case {"ping": when}:
                self._ping = number(when, 0, 2**53)
                self._pinged.set()
            case _:
                raise Closed(MALFORMED, _("We did not understand what the page sent. Load it again."))
        return False

    async def _pongs(self) -> None:
        """Answer pings. On a thin line an answer waits behind the output; the keys that come meanwhile do not."""
        while True:
            await self._pinged.wait()
            self._pinged.clear()
            await self._browser.send({"pong": self._ping})

    async def _from_lab(self) -> None:
        try:
            while frame := await self._relay.receive():
                await self._frame(frame)
        except (LabGone, LabFailed) as ended:
            raise Closed(GONE, str(ended)[:300]) from ended  # the lab's own words: only ever text, and short
        raise Closed(1000, _("The shell has ended."))

    async def _frame(self, frame: wire.Frame) -> None:
        match frame.kind:
            case wire.Kind.DATA:
                while self._sent - self._drawn > WINDOW:
                    self._drew.clear()
                    await self._drew.wait()
                self._sent += len(frame.payload)
                await self._browser.send(frame.payload)
            case wire.Kind.JSON:
                await self._news(frame.json())

    async def _news(self, said: Mapping[str, Any]) -> None:
        """Pass on what we know; a lab is not trusted to invent messages for the page."""
        match said:
            case {"opened": True}:
                self._opened.set()
                replay = said.get("replay")
                again = {"replay": replay} if isinstance(replay, int) else {}
                terminal, mode = self._ticket.terminal, str(self._ticket.mode)
                await self._browser.send({"opened": True, "terminal": terminal, "mode": mode, **again})
            case {"exited": int(status)}:
                await self._browser.send({"exited": status})
            case {"lost": int(lost)}:
                await self._browser.send({"lost": lost})


async def connect(relay: Path) -> AsyncConversation:
    """Return a connection to the relay."""
    try:
        return await AsyncConversation.connect(relay, seconds=OPENS_WITHIN)
    except RelayGone as error:
        raise Closed(OURS, _("The relay to the labs does not answer. Try again in a moment.")) from error
