"""Attempts at kernel memory that no memory limit counts: what they need to judge whether a lab holds it."""

import re
import time

from rigs.audit.attack import SCRIPT_SECONDS, Attack, AttackOutcome, Judge, refused, through
from rigs.audit.scene import LEARNER, Scene
from rigs.audit.time_limits import within
from rigs.audit.walls import GUARD, SecondWall, Wall

MOST = 64  # MB
ENOUGH = MOST + 16  # MB at which an attack stops, so that a control does not harm the host


# Netlink messages (rtnetlink(7)): an attribute, a message, one message with the kernel's answer, and many without
NETLINK = r"""
use Socket qw(:all);
my $number = 0;
sub netlink { socket(my $made, 16, 3, $_[0]) or die "netlink: $!"; $made }
sub attribute { my ($kind, $value) = @_; pack("SS", 4 + length $value, $kind) . $value . "\0" x (-length($value) & 3) }
sub message { my ($kind, $flags, $body) = @_; pack("LSSLL", 16 + length $body, $kind, $flags, ++$number, 0) . $body }
sub answered {
    my ($on, $message) = @_;
    send($on, $message, 0);
    recv($on, my $answer, 65536, 0);
    return unpack("x16l", $answer) == 0;
}
sub many {
    my ($on, $wanted, $each, $make) = @_;
    my $sent = 0;
    for (my $first = 0; $first < $wanted; $first += $each) {
        send($on, join("", map { $make->($first + $_) } 1 .. $each), 0) or last;
        $sent += $each;
        1 while defined recv($on, my $refused, 65536, 0x40);
    }
    return $sent;
}
"""


def held() -> Judge:
    """The script holds memory and says how much. Memory that is not charged to the lab is beyond its limit."""

    def judge(scene: Scene, _: str) -> AttackOutcome:
        until = time.monotonic() + within(SCRIPT_SECONDS)
        while time.monotonic() < until:
            if ended_by := _ended(scene):
                return refused(f"the node was ended {ended_by}")
            seen = scene.client.ask([{"ask": "file", "node": LEARNER, "path": "/run/audit/said"}])[0]
            if found := re.search(r"^HELD (\d+) (.*)", str(seen.get("text", "")), re.MULTILINE):
                holds = int(found[1]) >> 20
                charged = scene.engine.usage(scene.client.session).sockets >> 20
                said = f"{holds} MB, of these {charged} MB charged to the lab, {found[2]}"
                return through(said) if holds - charged > MOST else refused(said)
            time.sleep(0.1)
        return through("the script printed nothing")

    return judge


def _ended(scene: Scene) -> str:
    """Return what has ended the attacked node; empty while it runs."""
    use = scene.client.resource_use()
    node = use["nodes"][LEARNER]
    if node["up"]:
        return ""
    return "by the guard" if node["kernel_memory"] else f"({use['ended']} programs ended for lack of memory)"


def is_ended(scene: Scene, _: str) -> AttackOutcome:
    """The guard weighs nodes twice a second. A node that holds too much must be ended."""
    until, filled = time.monotonic() + within(SCRIPT_SECONDS), ""
    while time.monotonic() < until:
        if ended_by := _ended(scene):
            return refused(f"the node was ended{filled} {ended_by}")
        seen = scene.client.ask([{"ask": "file", "node": LEARNER, "path": "/run/audit/said"}])[0]
        if not filled and (found := re.search(r"^HELD (\d+)", str(seen.get("text", "")), re.MULTILINE)):
            if found[1] == "0":
                return refused("the kernel gave it nothing")
            filled, until = f" with {int(found[1]) >> 20} MB", time.monotonic() + within(3)
        time.sleep(0.1)
    return through(f"the node still runs{filled}")


def held_in_the_kernel(
    number: str,
    title: str,
    fill: str,
    wall: str = "the guard ends a node that holds too much",
    control: Wall = GUARD,
    behind: tuple[SecondWall, ...] = (),
) -> Attack:
    return Attack(
        id=number,
        title=title,
        wall=wall,
        perl=f'$| = 1; my $held = 0;\n{fill}\nprint "HELD $held\\n"; sleep 15;',
        judge=is_ended,
        beside=True,
        control=control,
        behind=behind,
    )
