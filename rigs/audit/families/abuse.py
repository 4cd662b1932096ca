"""Abuse of one lab's resources. Nothing escapes; measured are the latency of others, and whether the learner is told why."""

import subprocess
import sys
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext

from labs.engine.errors import EngineError, TookTooLong
from labs.engine.runtime.resource_sentences import (
    CONNECTIONS,
    CPU,
    ENDED,
    KERNEL_MEMORY,
    MEMORY,
    OF_A_NODE,
    PACKETS,
    PRINTED,
    sentences,
)
from rigs.audit.attack import Attack, AttackOutcome, Family, Judge, refused, through
from rigs.audit.scene import Scene
from rigs.audit.time_limits import within

LEAD = 2.0
READS_WITHIN = 6.0  # seconds within which the sentence must appear; live checks ask as often


def suffers(
    *told: str,
    meanwhile: Callable[[Scene], AbstractContextManager[object]] = lambda scene: nullcontext(),
    lead: float = LEAD,
) -> Judge:
    """Others must not become slower, and the learner's page must say why the lab is slow, in one of the sentences TOLD.

    LEAD are the seconds until the abuse is at its height.
    """

    def judge(scene: Scene, said: str) -> AttackOutcome:
        with meanwhile(scene):
            time.sleep(within(lead))
            _begin_counting(scene)
            busy = scene.latency.measure()
            sentence = _sentence(scene, told)
        numbers = f"quiet: {scene.latency.quiet}; now: {busy}"
        if slow := scene.latency.slower(busy):
            return through(f"{slow} became too slow. {numbers}", slow=True)
        if not sentence:
            return through(f"the learner is not told why. {numbers}")
        return refused(f"{numbers}; the learner reads: {sentence}")

    return judge


def _begin_counting(scene: Scene) -> None:
    """Start counting rates. An abused lab may answer late, which is no failure here."""
    until = time.monotonic() + within(READS_WITHIN)
    while True:
        try:
            scene.client.resource_use()
        except TookTooLong:
            if time.monotonic() > until:
                raise
        else:
            return


def _sentence(scene: Scene, told: Collection[str]) -> str:
    until = time.monotonic() + within(READS_WITHIN)
    while time.monotonic() < until:
        try:
            found = [str(text) for text in sentences(scene.client.resource_use()) if text.msgid in told]
        except EngineError:
            found = []
        if found:
            return found[0]
        time.sleep(0.5)
    return ""


def _reads_all(scene: Scene) -> "_Ending":
    line = "yes $(printf %0200d 7)"
    command = [
        sys.executable,
        "-m",
        "rigs.audit.flood_reader",
        str(scene.client.relay),
        scene.client.session,
        "h1",
        "4",
        line,
    ]
    return _Ending(command)


class _Ending(subprocess.Popen[bytes]):
    """A process that ends with its block."""

    def __exit__(self, *error: object) -> None:
        self.kill()
        self.wait()


WALL = "limits of node and lab; labs have a lower priority than site, gateway and relay"
FAMILY = Family(
    "abuse that others must not notice",
    (
        Attack(
            id="A1",
            title="a fork bomb that never ends",
            wall=WALL,
            perl="while (1) { my $child = fork; select(undef, undef, undef, 0.001) unless defined $child }",
            judge=suffers(OF_A_NODE["processes"]),
            beside=True,
            measures_latency=True,
        ),
        Attack(
            id="A2",
            title="memory, allocated again each time that the kernel frees it",
            wall=WALL,
            perl="""
while (1) {
    my @children;
    for (1 .. 6) {
        my $child = fork // next;
        if (!$child) { my $x = ""; $x .= "x" x (8 << 20) while 1 }
        push @children, $child;
    }
    waitpid $_, 0 for @children;
}
""",
            judge=suffers(MEMORY, ENDED),
            beside=True,
            own_lab=True,
            measures_latency=True,
        ),
        Attack(
            id="A3",
            title="the disk, filled, emptied and filled",
            wall=WALL,
            bash="""
while :; do
    for n in 1 2 3 4; do dd if=/dev/zero of=/run/full bs=1M 2>/dev/null; rm -f /run/full; done
    dd if=/dev/zero of=/run/full bs=1M 2>/dev/null
    sleep 1
done
""",
            judge=suffers(OF_A_NODE["disk"]),
            beside=True,
            measures_latency=True,
        ),
        Attack(
            id="A4",
            title="as many descriptors as the limits allow, in as many processes, opened and closed",
            wall=WALL,
            perl="""
for (1 .. 100) {
    my $child = fork // last;
    next if $child;
    while (1) {
        my @open;
        while (open(my $file, "<", "/dev/null")) { push @open, $file }
        select(undef, undef, undef, 0.5);
    }
}
sleep 20;
""",
            judge=suffers(OF_A_NODE["descriptors"]),
            beside=True,
            measures_latency=True,
        ),
        Attack(
            id="A5",
            title="CPU, from as many processes as the limits allow",
            wall=WALL,
            perl="for (1 .. 120) { my $child = fork // last; if (!$child) { 1 while 1 } } sleep 20;",
            judge=suffers(CPU),
            beside=True,
            measures_latency=True,
        ),
        Attack(
            id="A6",
            title="packets, as fast as four programs can send them, to the router and through it",
            wall=WALL,
            bash="""
ip -6 route replace default via 2001:db8:1::2
for target in 2001:db8:1::2 2001:db8:1::2 2001:db8:2::1 2001:db8:3::1; do
    perl -MSocket=:all -e '
socket(my $out, AF_INET6, SOCK_DGRAM, 0);
my $to = sockaddr_in6(9, inet_pton(AF_INET6, shift));
send($out, "x", 0, $to) while 1;' $target &
done
wait
""",
            judge=suffers(PACKETS),
            beside=True,
            measures_latency=True,
        ),
        Attack(
            id="A7",
            title="tracked connections, until there are no more",
            wall=WALL,
            # On a slow machine they would otherwise be forgotten as fast as they are made
            bash="""
echo 600 >/proc/sys/net/netfilter/nf_conntrack_udp_timeout
nft -f - <<'END'
table inet flood {
    chain out {
        type filter hook output priority 0
        ct state new counter accept
    }
}
END
for n in 1 2 3; do
    perl -MSocket=:all -e '
my $n = shift;
while (1) {
    for my $from (1024 .. 65000) {
        socket(my $out, AF_INET6, SOCK_DGRAM, 0) or next;
        setsockopt($out, SOL_SOCKET, SO_REUSEADDR, 1);
        bind($out, sockaddr_in6($from, IN6ADDR_ANY)) or next;
        send($out, "x", 0, sockaddr_in6($_ + 300 * $n, inet_pton(AF_INET6, "2001:db8:1::2"))) for 1 .. 200;
    }
}' $n &
done
wait
""",
            judge=suffers(CONNECTIONS, OF_A_NODE["connections"], KERNEL_MEMORY, lead=10.0),
            beside=True,
            measures_latency=True,
        ),
        Attack(
            id="A8",
            title="four terminals that print without end, with a browser that displays all of it",
            wall="unacknowledged output is limited; a flooding terminal is read no faster than others",
            bash="sleep 18",
            judge=suffers(PRINTED, meanwhile=_reads_all),
            beside=True,
            measures_latency=True,
        ),
    ),
)
