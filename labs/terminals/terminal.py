"""One open terminal: carries data between the browser's socket and the relay's, and keeps none of it.

The data that was sent and not yet drawn is bounded. The supervisor stops at its window; if it does not, the gateway stops reading
from the relay. So a slow browser slows down the program in the node, and does not fill the gateway's memory.
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
from labs.terminals.effect_of_keys import EffectOfKeys
from labs.terminals.permissions import Sentence
from labs.terminals.tokens import Mode, TerminalToken

KEYS = 64 * 1024  # bytes of one frame of keys
WINDOW = 256 * 1024  # unacknowledged bytes at which the gateway stops reading; the supervisor stops at half of it
USEFUL = 8 * 1024  # an acknowledgement of this many bytes does not count as a frame
A_SECOND, AT_ONCE = 200, 1000  # frames that a browser may send in a second, and in one burst
OPENS_WITHIN = pace.seconds(10.0)  # seconds for the relay and the supervisor
ROWS, COLS = 500, 1000

MALFORMED, NO_TOKEN, NO_RIGHT, GONE, TOO_MANY, OURS = 4400, 4401, 4403, 4404, 4429, 4503  # close codes


BROKEN: Sentence = _("The connection to the lab broke. Try again in a moment.")


class Closed(Exception):
    """The terminal closes, for this reason. The sentence is for the person in front of it."""

    def __init__(self, code: int, sentence: Sentence) -> None:
        super().__init__(code, sentence)
        self.code = code
        self.sentence = sentence


class Left(Exception):
    """The browser has disconnected; no message can reach it."""


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
        raise Closed(MALFORMED, _("The page sent something that is not understood. Reload the page."))
    return value


def number(value: object, least: int, most: int) -> int:
    """Return a whole number from a message, within its bounds."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Closed(MALFORMED, _("The page sent something that is not understood. Reload the page."))
    return min(max(value, least), most)


def reason(ends: ExceptionGroup[Exception]) -> Exception:
    """Return why a terminal ended, when both its directions may have ended with an error of their own."""
    for error in ends.exceptions:
        if isinstance(error, Closed | Left):
            return error
    if any(isinstance(error, RelayGone | wire.WireError | OSError) for error in ends.exceptions):
        return Closed(OURS, BROKEN)
    return ends


class Meter:
    """Limits a browser's frames, in one burst and in a second."""

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
        token: TerminalToken,
        browser: Browser,
        relay: AsyncConversation,
        typed: Callable[[str, str, bytes], None] = lambda session, node, keys: None,
    ) -> None:
        """TYPED is called with the session, the node and the keys that go into the lab."""
        self._typed = typed
        self._token = token
        self._browser = browser
        self._relay = relay
        self._opened = asyncio.Event()
        self._sent = 0
        self._drawn = 0
        self._drew = asyncio.Event()
        self._ping = 0
        self._pinged = asyncio.Event()
        self._effect = EffectOfKeys()

    async def run(self, rows: int, cols: int) -> None:
        """Open the terminal and carry its data. Always ends with Closed or Left."""
        asks = {"session": self._token.session, "op": "terminal", "node": self._token.node}
        asks |= {"terminal": self._token.terminal, "mode": str(self._token.mode)}
        try:
            await self._relay.send_json({**asks, "rows": rows, "cols": cols})
            async with asyncio.TaskGroup() as group:
                group.create_task(self._from_lab())
                group.create_task(self._from_browser())
                group.create_task(self._pongs())
                group.create_task(self._answer_marks())
                group.create_task(self._opens())
        except ExceptionGroup as ends:
            raise reason(ends) from ends
        except RelayGone as error:
            raise Closed(OURS, BROKEN) from error
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
            elif not await self._take_message(message(received)):
                meter.count()

    async def _keys(self, keys: bytes) -> None:
        if len(keys) > KEYS:
            raise Closed(MALFORMED, _("Too much was pasted at once. Paste it in parts."))
        if self._token.mode is Mode.CONTROL:
            self._typed(self._token.session, self._token.node, keys)
            self._effect.typed()
            await self._relay.send(keys)

    async def _take_message(self, received: Mapping[str, Any]) -> bool:
        """Do what a message of the page asks. True for a useful acknowledgement, of which there may be many."""
        match received:
            case {"ack": drawn}:
                before, self._drawn = self._drawn, max(self._drawn, number(drawn, 0, self._sent))
                if self._drawn > before:
                    self._drew.set()
                    await self._relay.send_json({"ack": self._drawn})
                return self._drawn - before >= USEFUL
            case {"resize": [rows, cols]}:
                if self._token.mode is Mode.CONTROL:  # an observer must not change the size for the learner
                    size = [number(rows, 1, ROWS), number(cols, 1, COLS)]
                    await self._relay.send_json({"resize": size})
            case {"ping": when}:
                self._ping = number(when, 0, 2**53)
                self._pinged.set()
            case {"mark": when}:
                self._effect.mark(number(when, 0, 2**53))
            case _:
                raise Closed(MALFORMED, _("The page sent something that is not understood. Reload the page."))
        return False

    async def _pongs(self) -> None:
        """Answer pings. On a slow connection the answer waits behind the output; keys that arrive meanwhile do not wait."""
        while True:
            await self._pinged.wait()
            self._pinged.clear()
            await self._browser.send({"pong": self._ping})

    async def _answer_marks(self) -> None:
        while True:
            await self._browser.send({"settled": await self._effect.settled()})

    async def _from_lab(self) -> None:
        try:
            while frame := await self._relay.receive():
                await self._frame(frame)
        except (LabGone, LabFailed) as ended:
            raise Closed(GONE, str(ended)[:300]) from ended  # the lab's own words are shown as text only, and cut
        raise Closed(1000, _("The shell has ended."))

    async def _frame(self, frame: wire.Frame) -> None:
        match frame.kind:
            case wire.Kind.DATA:
                while self._sent - self._drawn > WINDOW:
                    self._drew.clear()
                    await self._drew.wait()
                self._sent += len(frame.payload)
                self._effect.sent = self._sent
                await self._browser.send(frame.payload)
                self._effect.printed()
            case wire.Kind.JSON:
                await self._pass_on(frame.json())

    async def _pass_on(self, message: Mapping[str, Any]) -> None:
        """Pass on the known messages only: a lab must not be able to invent messages for the page."""
        match message:
            case {"opened": True}:
                self._opened.set()
                replay = message.get("replay")
                again = {"replay": replay} if isinstance(replay, int) else {}
                terminal, mode = self._token.terminal, str(self._token.mode)
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
