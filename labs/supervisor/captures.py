"""Packet captures: tcpdump in a node's network, bounded in time and bytes, and the captured packets as text.

Like a probe, tcpdump joins the net namespace only, so the learner neither sees nor traces it. Captured packets are hostile. A
second tcpdump decodes them inside the lab, without network and capabilities and with few resources, never on the host.
"""

import asyncio
import contextlib
import re
import struct
from dataclasses import dataclass, field
from typing import Any

from labs.engine.shared import pace
from labs.supervisor import probe_marks
from labs.supervisor.node import NodeSpace

AT_ONCE = 2  # running captures
KEPT = 4  # captures in all, with finished ones that nobody has fetched yet
MOST_SECONDS = 60.0
LARGEST = 2 << 20  # bytes of one capture file
SNAP = 9216  # bytes kept of one packet
LINES, LINE = 500, 300  # lines of the text, and characters of one line
BEGIN_SECONDS, READ_SECONDS, END_SECONDS = map(pace.seconds, (5.0, 10.0, 3.0))
LATE = 1.1  # seconds that the kernel may buffer packets for tcpdump; those still buffered at the end would be lost
HEAD, RECORD = 24, 16  # bytes of the file header, and of the header of each packet (pcap-savefile(5))
NUMBERED = re.compile(r" *(?P<number>\d{1,9})  ")
QUIET = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "RES_OPTIONS": "timeout:1 attempts:1"}
NOBODY = ("--reuid=tcpdump", "--regid=tcpdump", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all")
READER = (
    *("prlimit", "--cpu=5", "--as=134217728", "--core=0", "--fsize=0", "unshare", "--net", "--ipc"),
    *("setpriv", *NOBODY, "--no-new-privs", "tcpdump", "-n", "-#", "-r", "-", "-c", str(LINES)),
)


class CaptureError(Exception):
    """There is no such capture; the text is a sentence for people."""


@dataclass(eq=False)
class Capture:
    """One capture: it runs, then it has ended, then it is also text."""

    number: int
    node: str
    process: asyncio.subprocess.Process
    why: str = ""  # it has ended: time, size, stopped, ended, or lost when the node was reset
    packets: int = 0
    size: int = 0  # bytes of whole packets, with all headers
    lines: list[str] = field(default_factory=list)
    of_checks: list[bool] = field(default_factory=list)  # of each line, whether its packet belongs to a check
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
        """Add captured bytes and count whole packets; False when the next packet does not fit."""
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
        """End the capture once tcpdump has delivered the packets that passed before this moment."""
        self.why = self.why or why
        asyncio.get_running_loop().call_later(LATE, self._end)

    def _end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()


class Captures:
    """All captures of a lab that somebody may still fetch."""

    def __init__(self) -> None:
        self._all: dict[int, Capture] = {}
        self._last = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._beginning = asyncio.Lock()

    async def begin(self, space: NodeSpace, interface: str, filter_text: str, seconds: float, largest: int) -> Capture:
        """Start a capture. Raises CaptureError with tcpdump's own message."""
        async with self._beginning:
            if sum(not capture.why for capture in self._all.values()) >= AT_ONCE:
                raise CaptureError(f"Only {AT_ONCE} captures can run at a time. Stop one first.")
            while len(self._all) >= KEPT:  # the oldest one that has ended: nobody has fetched it
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
            raise CaptureError("This capture no longer exists.") from None

    def describe(self) -> list[dict[str, Any]]:
        return [capture.describe() for capture in self._all.values()]

    def drop(self, number: int) -> None:
        """Delete a finished capture that somebody has fetched."""
        if (capture := self._all.get(number)) and capture.done.is_set():
            del self._all[number]

    def forget(self, node: str) -> None:
        """End the captures of a node that is about to be reset: a process of ours would keep its old network alive."""
        for capture in self._all.values():
            if capture.node == node and not capture.why:
                capture.why = "lost"
                with contextlib.suppress(ProcessLookupError):
                    capture.process.kill()


async def count(
    space: NodeSpace, interface: str, filter_text: str, seconds: float, most: int, *, readable: bool = True
) -> Capture:
    """Capture for a check, which waits: for some seconds, or until MOST packets have come. Nobody fetches the capture later.

    With ``readable`` the capture is also text, which takes one more process.
    """
    # Without it tcpdump keeps packets for up to a second, and a capture of one second might show none.
    capture = Capture(0, space.name, await _tcpdump(space, interface, filter_text, "--immediate-mode"))
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
    if readable and capture.packets:
        await _decode(capture)
    return capture


async def _tcpdump(space: NodeSpace, interface: str, filter_text: str, *options: str) -> asyncio.subprocess.Process:
    """Start tcpdump and wait until it captures. It says on stderr that it does, or why not."""
    process = await asyncio.create_subprocess_exec(
        *("nsenter", f"--net=/proc/{space.pid}/ns/net", "prlimit", "--cpu=10", "--core=0"),
        *(
            "tcpdump",
            "-n",
            "-U",
            "-Z",
            "tcpdump",
            "-B",
            "512",
            "-s",
            str(SNAP),
            *options,
            "-i",
            interface,
            "-w",
            "-",
            "--",
        ),
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
        said += b"tcpdump did not start in time."
    if b"listening on" in said:
        return process
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
    raise CaptureError(
        said.decode(errors="replace").strip().splitlines()[-1][:300] if said else "tcpdump ended immediately."
    )


async def _follow(capture: Capture, seconds: float, largest: int) -> None:
    """Collect packets until the time or the size is reached, then decode them as text."""
    process = capture.process
    try:
        async with asyncio.timeout(seconds):
            await _listen(capture, largest)
        capture.stop("ended")
    except TimeoutError:
        capture.stop("time")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):  # packets that it has not written yet
                await _listen(capture, largest)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        del capture.heard[capture.size :]
        try:
            if capture.packets:
                await _decode(capture)
        finally:
            capture.done.set()


async def _listen(capture: Capture, largest: int) -> None:
    stream = capture.process.stdout
    while stream and (heard := await stream.read(65_536)):
        if not capture.take(heard, largest):
            capture.stop("size")
            return


async def _decode(capture: Capture) -> None:
    """Read the captured packets as text, and mark those of checks. tcpdump numbers the first line of each packet."""
    heard, of_check = bytes(capture.heard), False
    marked = probe_marks.marked(heard)
    for line in await _text(heard):
        if numbered := NUMBERED.match(line):
            number = int(numbered["number"])
            of_check = 1 <= number <= len(marked) and marked[number - 1]
        capture.lines.append(line[numbered.end() :] if numbered else line)
        capture.of_checks.append(of_check)


async def _text(heard: bytes) -> list[str]:
    """The first lines of the decoded packets."""
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
    except (TimeoutError, ValueError):  # ValueError: a line is too long
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
