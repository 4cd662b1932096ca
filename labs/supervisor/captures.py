"""Captures: our own tcpdump in a node's network, bounded in time and bytes, and what it heard as text.

It joins the net namespace only, like a probe: the learner neither sees nor traces it. What it heard is hostile; it is read as text
by a second tcpdump that has no network, no capability and few resources, here, never on the host.
"""

import asyncio
import contextlib
import struct
from dataclasses import dataclass, field
from typing import Any

from labs.engine.shared import pace
from labs.supervisor.node import NodeSpace

AT_ONCE = 2  # that listen
KEPT = 4  # with those that nobody has fetched yet
MOST_SECONDS = 60.0
LARGEST = 2 << 20  # bytes of one, as a file
SNAP = 9216  # bytes kept of one packet
LINES, LINE = 500, 300  # of the text, and characters of one
BEGIN_SECONDS, READ_SECONDS, END_SECONDS = map(pace.seconds, (5.0, 10.0, 3.0))
LATE = 1.1  # seconds that the kernel may hold packets back, for tcpdump to read many at once; what it holds at the end is lost
HEAD, RECORD = 24, 16  # bytes before the packets, and before each (pcap-savefile(5))
QUIET = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "RES_OPTIONS": "timeout:1 attempts:1"}
NOBODY = ("--reuid=tcpdump", "--regid=tcpdump", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all")
READER = (
    *("prlimit", "--cpu=5", "--as=134217728", "--core=0", "--fsize=0", "unshare", "--net", "--ipc"),
    *("setpriv", *NOBODY, "--no-new-privs", "tcpdump", "-n", "-r", "-", "-c", str(LINES)),
)


class CaptureError(Exception):
    """A sentence for people: why there is no such capture."""


@dataclass(eq=False)
class Capture:
    """One capture: it listens, then it is over, and then it is text too."""

    number: int
    node: str
    process: asyncio.subprocess.Process
    why: str = ""  # it is over: time, size, stopped, or lost when the node was made anew
    packets: int = 0
    size: int = 0  # bytes of whole packets, heads and all
    lines: list[str] = field(default_factory=list)
    heard: bytearray = field(default_factory=bytearray)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def describe(self) -> dict[str, Any]:
        return {
            "capture": self.number,
            "packets": self.packets,
            "bytes": self.size,
            "why": self.why,
            "done": self.done.is_set(),
        }

    def take(self, heard: bytes, largest: int) -> bool:
        """Count whole packets; False when there is no room for the next."""
        self.heard += heard
        if not self.size and len(self.heard) >= HEAD:
            self.size = HEAD
        while self.size and len(self.heard) - self.size >= RECORD:
            length = RECORD + struct.unpack_from("=8xI", self.heard, self.size)[0]
            if length > RECORD + SNAP or self.size + length > largest:
                return False
            if len(self.heard) - self.size < length:
                break
            self.size += length
            self.packets += 1
        return True

    def stop(self, why: str) -> None:
        """Let it end when it has been given what had passed by now."""
        self.why = self.why or why
        asyncio.get_running_loop().call_later(LATE, self._end)

    def _end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()


class Captures:
    """All captures of a lab that somebody may still want."""

    def __init__(self) -> None:
        self._all: dict[int, Capture] = {}
        self._last = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._beginning = asyncio.Lock()

    async def begin(self, space: NodeSpace, interface: str, filter_text: str, seconds: float, largest: int) -> Capture:
        """Listen from now on. CaptureError has tcpdump's own words when it does not."""
        async with self._beginning:
            if sum(not capture.why for capture in self._all.values()) >= AT_ONCE:
                raise CaptureError(f"{AT_ONCE} captures run at a time. Stop one first.")
            while len(self._all) >= KEPT:  # the oldest that is over: nobody came for it
                del self._all[next(number for number, capture in self._all.items() if capture.why)]
            process = await _tcpdump(space, interface, filter_text)
            self._last += 1
            capture = self._all[self._last] = Capture(self._last, space.name, process)
            task = asyncio.create_task(_follow(capture, min(seconds, MOST_SECONDS), min(largest, LARGEST)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return capture

    def get(self, number: int) -> Capture:
        try:
            return self._all[number]
        except KeyError:
            raise CaptureError("This capture is not there any more.") from None

    def describe(self) -> list[dict[str, Any]]:
        return [capture.describe() for capture in self._all.values()]

    def drop(self, number: int) -> None:
        """Somebody has it."""
        if (capture := self._all.get(number)) and capture.done.is_set():
            del self._all[number]

    def forget(self, node: str) -> None:
        """The node is about to be made anew; a process of ours in its network would keep that alive."""
        for capture in self._all.values():
            if capture.node == node and not capture.why:
                capture.why = "lost"
                with contextlib.suppress(ProcessLookupError):
                    capture.process.kill()


async def count(
    space: NodeSpace, interface: str, filter_text: str, seconds: float, most: int, *, readable: bool = True
) -> Capture:
    """Listen until time or this many packets are over, for a check that waits for it; nobody fetches it later.

    It is text too if ``readable``, which takes a process more.
    """
    capture = Capture(0, space.name, await _tcpdump(space, interface, filter_text))
    stream = capture.process.stdout
    try:
        async with asyncio.timeout(seconds):
            while stream and capture.packets < most and (heard := await stream.read(65_536)):
                if not capture.take(heard, LARGEST):
                    break
    except TimeoutError:
        pass
    finally:
        with contextlib.suppress(ProcessLookupError):
            capture.process.kill()
        await capture.process.wait()
    del capture.heard[capture.size :]
    capture.lines = await _text(bytes(capture.heard)) if readable and capture.packets else []
    return capture


async def _tcpdump(space: NodeSpace, interface: str, filter_text: str) -> asyncio.subprocess.Process:
    """A tcpdump that listens. It says so on its second stream, or why not."""
    process = await asyncio.create_subprocess_exec(
        *("nsenter", f"--net=/proc/{space.pid}/ns/net", "prlimit", "--cpu=10", "--core=0"),
        *("tcpdump", "-n", "-U", "-Z", "tcpdump", "-B", "512", "-s", str(SNAP), "-i", interface, "-w", "-", "--"),
        *([filter_text] if filter_text else []),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=QUIET,
    )
    said = b""
    try:
        async with asyncio.timeout(BEGIN_SECONDS):
            while b"listening on" not in said:
                line = await process.stderr.readline() if process.stderr else b""
                said += line
                if not line or len(said) > 4096:
                    break
    except (TimeoutError, ValueError):
        said += b"tcpdump did not begin in time."
    if b"listening on" in said:
        return process
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
    raise CaptureError(
        said.decode(errors="replace").strip().splitlines()[-1][:300] if said else "tcpdump ended at once."
    )


async def _follow(capture: Capture, seconds: float, largest: int) -> None:
    """Take what it hears until time or room are over; then read it as text."""
    process = capture.process
    try:
        async with asyncio.timeout(seconds):
            await _listen(capture, largest)
        capture.stop("ended")
    except TimeoutError:
        capture.stop("time")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):  # what it has not written yet
                await _listen(capture, largest)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        del capture.heard[capture.size :]
        try:
            capture.lines = await _text(bytes(capture.heard)) if capture.packets else []
        finally:
            capture.done.set()


async def _listen(capture: Capture, largest: int) -> None:
    stream = capture.process.stdout
    while stream and (heard := await stream.read(65_536)):
        if not capture.take(heard, largest):
            capture.stop("size")
            return


async def _text(heard: bytes) -> list[str]:
    """The first lines of what a tcpdump makes of it."""
    process = await asyncio.create_subprocess_exec(
        *READER,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=QUIET,
        limit=1 << 16,
    )
    feeding = asyncio.create_task(_feed(process, heard))
    lines: list[str] = []
    try:
        async with asyncio.timeout(READ_SECONDS):
            while process.stdout and len(lines) < LINES and (line := await process.stdout.readline()):
                lines.append(line.decode(errors="replace").rstrip()[:LINE])
    except (TimeoutError, ValueError):  # ValueError: a line without an end
        pass
    finally:
        feeding.cancel()
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return lines


async def _feed(process: asyncio.subprocess.Process, heard: bytes) -> None:
    if process.stdin:
        with contextlib.suppress(ConnectionError):
            process.stdin.write(heard)
            await process.stdin.drain()
            process.stdin.close()
