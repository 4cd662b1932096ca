"""The relay, the terminals it carries, and the engine's socket."""

import re
import time

from labs.engine.errors import EngineError
from labs.engine.shared import wire
from rigs.audit.attack import Attack, AttackOutcome, Family, refused, through
from rigs.audit.scene import INSTRUCTOR, LEARNER, Scene
from rigs.audit.time_limits import within
from rigs.audit.walls import DESCRIPTORS, RING

MEMORY_GROWN = 48 << 20  # bytes; a terminal's record is 256 KB
LOOK, GROWING = 2.5, 8 << 20  # seconds between two readings, and bytes; a terminal is read at 1 MB a second


def _flood(scene: Scene, _: str) -> AttackOutcome:
    """Output without end and nobody who reads: does the supervisor keep it?"""
    before = scene.engine.usage(scene.client.session).memory
    typed = scene.terminal(LEARNER)
    typed.type("perl -e 'my $x = \"=\" x 65536; print $x while 1'")
    typed.talk.receive(within(2))
    typed.close()  # the shell goes on
    grown, last, until = 0, -GROWING, time.monotonic() + within(20)
    while time.monotonic() < until and last + GROWING <= grown <= MEMORY_GROWN:  # as long as it keeps what it reads
        last = grown
        time.sleep(within(LOOK))
        grown = scene.engine.usage(scene.client.session).memory - before
    if grown > MEMORY_GROWN:
        return through(f"the supervisor has grown by {grown >> 20} MB")
    return refused(f"the lab's memory moved by {grown >> 20} MB")


def _forged_frames(scene: Scene, said: str) -> AttackOutcome:
    """The learner's terminal prints frames of our wire; a conversation about the second node must not see them."""
    other = scene.terminal(INSTRUCTOR)
    forged = b"".join(wire.close("forged", channel) for channel in range(1, 9))
    line = "printf '" + "".join(f"\\x{byte:02x}" for byte in forged[:180]) + "'"
    typed = scene.terminal(LEARNER)
    try:
        typed.type(line)
        typed.echo()
        other.echo()
    except EngineError as error:
        return through(f"a conversation ended: {error}")
    finally:
        typed.close()
        other.close()
    return refused("frames in output stay output")


def _names(scene: Scene, said: str) -> AttackOutcome:
    status = repr(scene.client.status()) + repr(scene.client.terminals())
    return through("the name is in the lab's status") if "PWNED" in status else refused("nodes are named by the lab")


def _shell_killed(scene: Scene, said: str) -> AttackOutcome:
    for line in ("kill -9 $$", "exec 0<&- 1>&- 2>&-", "kill -9 -1"):
        typed = scene.terminal(LEARNER)
        typed.type(line)
        time.sleep(0.1)
        typed.close()
    try:
        scene.terminal(INSTRUCTOR).echo()
        state = scene.client.status()["state"]
    except EngineError as error:
        return through(str(error))
    return refused(f"only that shell ended; the lab is {state}")


def _own_bash(scene: Scene, said: str) -> AttackOutcome:
    """The node's bash is a script of the learner's: what does it hold when we start it as a terminal?"""
    typed = scene.terminal(LEARNER)
    try:
        text = typed.until(re.compile(r"fds:(.*?):env:(.*?):end", re.DOTALL), within(5))
    except EngineError as error:
        return through(f"it did not run: {error}")
    finally:
        typed.close()
    extra = sorted(set(text[1].split()) - {"0", "1", "2"})
    unknown = set(text[2].split()) - {"PATH", "HOME", "USER", "LANG", "TERM", "SHELL", "PWD", "OLDPWD", "SHLVL", "_"}
    if extra or unknown:
        return through(f"it was given descriptors {extra}, variables {sorted(unknown)}")
    return refused("it has descriptors 0 1 2 and six variables")


OWN_BASH = r"""
cp /bin/bash /run/bash
cat >/run/new <<'EOF'
#!/run/bash
cd /proc/self/fd
fds=$(for f in *; do
  [ "$f" -lt 100 ] && case $(readlink $f) in ""|*/fd|/run/new|/usr/bin/bash|pipe:*) ;; *) echo $f;; esac
done)
echo fds:$(echo $fds):env:$(env | cut -d= -f1 | tr '\n' ' '):end
EOF
chmod 755 /run/new; cp --remove-destination /run/new /usr/bin/bash && echo REFUSED replaced
"""

FAMILY = Family(
    "relay, terminals and the engine's socket",
    (
        Attack(
            id="R1",
            title="connect to the relay's socket in the container",
            wall="mount namespace, pivot_root, the socket's owner and mode",
            perl="""
use Socket;
for my $root ("", "/proc/1/root", "/proc/self/root", "/proc/$$/cwd", glob("/proc/*/root")) {
    for my $name ("relay.sock", "relay.new") {
        socket(my $s, PF_UNIX, SOCK_STREAM, 0);
        connect($s, sockaddr_un("$root/run/vaka/$name")) and through("connected to $root/run/vaka/$name");
    }
}
refused("connect: $!");
""",
        ),
        Attack(
            id="R2",
            title="connect to the engine's socket, and its TCP ports on any address there is",
            wall="mount and net namespace; the container has no network",
            perl="""
use Socket;
for my $folder ("/run", "/var/run", "/proc/1/root/run") {
    for my $name ("docker.sock", "containerd/containerd.sock", "podman/podman.sock") {
        socket(my $s, PF_UNIX, SOCK_STREAM, 0);
        connect($s, sockaddr_un("$folder/$name")) and through("connected to $folder/$name");
    }
}
for my $address (qw(127.0.0.1 172.17.0.1 10.0.2.2 169.254.169.254)) {
    for my $port (2375, 2376, 80, 22, 6379, 8000) {
        socket(my $s, PF_INET, SOCK_STREAM, 0);
        connect($s, sockaddr_in($port, inet_aton($address))) and through("connected to $address:$port");
    }
}
refused("connect: $!");
""",
        ),
        Attack(
            id="R3",
            title="every socket file and every listening unix socket that can be reached",
            wall="mount and net namespace",
            bash="""
found=$(find / -xdev -type s 2>/dev/null; awk 'NR > 1 && $8 != "" {print $8}' /proc/net/unix)
strange=$(printf '%s\\n' $found | grep -vE '^/run/(frr|bird|audit)/|^$')
[ -n "$strange" ] && echo "THROUGH" $strange || echo "REFUSED there is none"
""",
        ),
        Attack(
            id="R4",
            title="frames of our wire in a terminal's output",
            wall="output is carried as DATA of its own channel",
            bash="echo REFUSED",
            judge=_forged_frames,
        ),
        Attack(
            id="R5",
            title="endless output that nobody reads",
            wall="a terminal's record is bounded",
            bash="echo REFUSED",
            judge=_flood,
            control=RING,
        ),
        Attack(
            id="R6",
            title="escape codes and a foreign name as host name",
            wall="UTS namespace; nodes are named by the lab",
            bash="hostname $'PWNED\\e]0;x\\a' ; echo REFUSED",
            judge=_names,
        ),
        Attack(
            id="R7",
            title="kill the terminal's shell, close its streams, kill all (-1)",
            wall="the supervisor holds the pty; its helper is in the node's pid namespace",
            bash="echo REFUSED",
            judge=_shell_killed,
        ),
        Attack(
            id="R8",
            title="a bash of the learner's, run as a terminal, looks for descriptors and variables",
            wall="three descriptors and a clean environment",
            bash=OWN_BASH,
            judge=_own_bash,
            control=DESCRIPTORS,
        ),
        Attack(
            id="R9",
            title="replace the pty: move /dev/pts away, link /dev/ptmx elsewhere",
            wall="mounts are not the learner's; the supervisor asks for a devpts",
            bash="""
mkdir -p /run/pts; mv /dev/pts /dev/away 2>/run/why && { echo "THROUGH /dev/pts is ours"; exit; }
ln -sf /run/pts /dev/ptmx; rm -f /dev/pts/ptmx 2>>/run/why && { echo "THROUGH ptmx is gone"; exit; }
echo "REFUSED $(head -1 /run/why)"
""",
        ),
    ),
)
