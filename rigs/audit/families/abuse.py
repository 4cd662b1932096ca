"""One lab used up on purpose. Nothing gets out: we ask what everybody else feels, and whether the learner reads why."""

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from labs.engine.errors import EngineError, TookTooLong
from labs.engine.runtime.resource_use import sentences
from rigs.audit.attempt import Attempt, Family, Judge, Outcome, refused, through
from rigs.audit.scene import Scene
from rigs.audit.time_limits import within

LEAD = 2.0  # seconds until an abuse is in full course
READS_WITHIN = 6.0  # seconds in which the sentence must come; the looks ask as often


def suffers(
    reads: str, meanwhile: Callable[[Scene], AbstractContextManager[object]] = lambda scene: nullcontext()
) -> Judge:
    """The others go on as before, and the learner's page says what is used up, in a sentence that has READS."""

    def judge(scene: Scene, said: str) -> Outcome:
        with meanwhile(scene):
            time.sleep(LEAD)
            _begin_counting(scene)
            busy = scene.latency.measure()
            sentence = _sentence(scene, reads)
        numbers = f"quiet: {scene.latency.quiet}; now: {busy}"
        if slow := scene.latency.slower(busy):
            return through(f"{slow} became too slow. {numbers}", slow=True)
        if not sentence:
            return through(f"the learner does not read why. {numbers}")
        return refused(f"{numbers}; the learner reads: {sentence}")

    return judge


def _begin_counting(scene: Scene) -> None:
    """Rates count from here. A lab that is abused may be late with its answer; that is not what we ask."""
    until = time.monotonic() + within(READS_WITHIN)
    while True:
        try:
            scene.session.strain()
        except TookTooLong:
            if time.monotonic() > until:
                raise
        else:
            return


def _sentence(scene: Scene, reads: str) -> str:
    until = time.monotonic() + within(READS_WITHIN)
    while time.monotonic() < until:
        try:
            found = [str(text) for text in sentences(scene.session.strain())]
        except EngineError:
            found = []
        if sentence := next((text for text in found if reads in text), ""):
            return sentence
        time.sleep(0.5)
    return ""


def _drinks(scene: Scene) -> "_Ending":
    line = "yes $(printf %0200d 7)"
    command = [
        sys.executable,
        "-m",
        "rigs.audit.flood_reader",
        str(scene.session.relay),
        scene.session.session,
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


WALL = "limits of node and lab; labs stand behind site, gateway and relay"
FAMILY = Family(
    "abuse that others must not feel",
    (
        Attempt(
            id="A1",
            title="a fork bomb that goes on and on",
            wall=WALL,
            perl="while (1) { my $child = fork; select(undef, undef, undef, 0.001) unless defined $child }",
            judge=suffers("used up its processes"),
            beside=True,
            measures_latency=True,
        ),
        Attempt(
            id="A2",
            title="memory, taken again as often as the kernel takes it back",
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
            judge=suffers("used up its memory"),
            beside=True,
            own_lab=True,
            measures_latency=True,
        ),
        Attempt(
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
            judge=suffers("used up its disk"),
            beside=True,
            measures_latency=True,
        ),
        Attempt(
            id="A4",
            title="descriptors, as many as may be, in as many processes as may be, opened and closed",
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
            judge=suffers("used up its open files"),
            beside=True,
            measures_latency=True,
        ),
        Attempt(
            id="A5",
            title="CPU, from every process that may be",
            wall=WALL,
            perl="for (1 .. 120) { my $child = fork // last; if (!$child) { 1 while 1 } } sleep 20;",
            judge=suffers("used up its CPU"),
            beside=True,
            measures_latency=True,
        ),
        Attempt(
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
            judge=suffers("packets a second"),
            beside=True,
            measures_latency=True,
        ),
        Attempt(
            id="A7",
            title="tracked connections, until there are no more",
            wall=WALL,
            bash="""
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
            judge=suffers("connections"),
            beside=True,
            measures_latency=True,
        ),
        Attempt(
            id="A8",
            title="four terminals that print without end, into a browser that draws all of it",
            wall="what is sent and not drawn is bounded; a terminal that floods is read no faster than others",
            bash="sleep 18",
            judge=suffers("more than anyone can read", _drinks),
            beside=True,
            measures_latency=True,
        ),
    ),
)
