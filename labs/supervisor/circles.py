"""Packets that go round and round in a lab, by a bridge with two ways or by rules of tc and nftables.

The kernel handles them in its own threads. So they use the CPU of the whole machine, beyond the limit of the lab, and a limit for a
lab's CPU does not stop them. They are known by their number: programs that send as many packets use far more CPU.
"""

from collections import deque
from collections.abc import Mapping

FREE = 20_000  # packets a second that need no explanation; one packet in a circle makes 100,000 and more
CPU_OF_PACKET = 50  # nanoseconds of the lab's CPU, at least, for each packet that each interface receives or sends
LOOKS = 4  # in a row, of which each finds too many
WHY = "packets went round and round in its network"


class Circles:
    """Remembers the last look at a lab's packets."""

    def __init__(self) -> None:
        self._packets: Mapping[str, int] = {}
        self._cpu = self._at = 0.0
        self._found = deque([False], maxlen=LOOKS)

    def node(self, packets: Mapping[str, int], cpu: float, now: float) -> str:
        """The node that has handled most packets since the last look, if there is a circle; otherwise an empty text.

        PACKETS are counted by node since its start, CPU in nanoseconds since the lab's start, NOW is in seconds.
        """
        more = {name: count - self._packets.get(name, count) for name, count in packets.items()}
        explained = FREE * (now - self._at) + (cpu - self._cpu) / CPU_OF_PACKET
        self._packets, self._cpu, self._at = dict(packets), cpu, now
        self._found.append(sum(more.values()) > explained)
        if len(self._found) < LOOKS or not all(self._found):
            return ""
        self._found.clear()
        return max(more, key=more.__getitem__)
