"""Other nodes and the supervisor: by pid, namespace, netlink, memory, file and socket."""

import time

from labs.engine.errors import EngineError
from rigs.audit.attack import Attack, AttackOutcome, Family, refused, through
from rigs.audit.scene import INSTRUCTOR, ROUTER, Scene
from rigs.audit.time_limits import within
from rigs.audit.walls import CGROUPS, ENVIRONMENT, NOT_DUMPABLE, OWN_DISK, OWN_IPC, OWN_PROC, OWN_USERS

# Freeze whatever new process appears in the node before it has exec'd, and look into it. Root in a node may stop its own
# processes, so the freezing works; the looking must not.
FREEZE = """
$SIG{ALRM} = sub { refused("no helper was caught in time") };
alarm 0.6 * $ENV{AUDIT_SECONDS};
$| = 1;
my %known = map { $_ => 1 } grep { /^\\d+$/ } list();
sub is_ours { open(my $line, "<", "/proc/$_[0]/cmdline") or return 0; local $/; return (<$line> // "") =~ /supervisor/ }
# What was reached is the helper's only if the helper has not become the learner's shell in the meantime.
sub reached { my ($pid, $what) = @_; is_ours($pid) ? through($what) : ($main::why = "it had exec'd by then") }
sub list { opendir(my $folder, "/proc"); return grep { /^\\d+$/ } readdir $folder }
print "READY\\n";
system("touch /run/ready");
my $caught = 0;
while (1) {
    for my $pid (list()) {
        next if $known{$pid}++;
        kill STOP => $pid;
        # Step on until it has exec'd: each of its joins opens and shuts other doors.
        for (1 .. 400) {
            is_ours($pid) or last;
            $caught++;
            look($pid);
            kill CONT => $pid;
            select(undef, undef, undef, 0.0002) if $_ > 100;
            kill STOP => $pid;
        }
        kill CONT => $pid;
        refused("$main::why ($caught looks)") if $caught;
    }
}
"""


def while_terminals_open(scene: Scene, _: str) -> AttackOutcome:
    """Give the script terminals to freeze, and read what it found."""
    until = time.monotonic() + within(15)
    while time.monotonic() < until:
        seen = scene.client.ask([{"ask": "file", "node": "h1", "path": "/run/audit/said"}])[0]
        lines = [line for line in seen.get("text", "").splitlines() if line.startswith(("THROUGH", "REFUSED"))]
        if lines:
            return AttackOutcome(lines[-1].startswith("THROUGH"), lines[-1][8:])
        if "READY" in seen.get("text", ""):
            typed = scene.terminal("h1")  # its shell's helper is what the script waits for
            time.sleep(0.1)
            typed.close()
        time.sleep(0.05)
    return through("the script said nothing")


def helper(number: str, title: str, look: str) -> Attack:
    return Attack(
        id=number,
        title=title,
        wall="the helper is not dumpable until exec",
        perl=f"sub look {{ my $pid = shift; {look} }}\n{FREEZE}",
        judge=while_terminals_open,
        beside=True,
        control=NOT_DUMPABLE,
    )


def _secret_spread(scene: Scene, said: str) -> AttackOutcome:
    """The script left a file or a segment; is it in the second node?"""
    text = scene.run(INSTRUCTOR, "ls /; cat /proc/sysvipc/shm")
    found = [mark for mark in ("audit-was-here", "305419896") if mark in text]
    return (
        through(f"the second node has {found[0]}") if found else refused(f"the second node has nothing of it; {said}")
    )


def _while_a_link_moves(scene: Scene, _: str) -> AttackOutcome:
    """Events of the router's third link, which is not the learner's, while the script listens."""
    until = time.monotonic() + within(12)
    while time.monotonic() < until:
        text = scene.client.ask([{"ask": "file", "node": "h1", "path": "/run/audit/said"}])[0].get("text", "")
        lines = [line for line in text.splitlines() if line.startswith(("THROUGH", "REFUSED"))]
        if lines:
            return AttackOutcome(lines[-1].startswith("THROUGH"), lines[-1][8:])
        if "READY" in text:
            for up in (False, True):
                scene.client.do({"link": f"{ROUTER}:eth2", "up": up})
        time.sleep(0.1)
    return through("the script said nothing")


def _while_a_probe_runs(scene: Scene, _: str) -> AttackOutcome:
    """A capture of ours in the learner's node, while the script looks for its process."""
    for _round in range(4):
        capture = {"ask": "capture", "node": "h1", "interface": "eth0", "filter": "icmp6"}
        scene.client.ask([capture | {"seconds": 1, "lines": False}])
        text = scene.client.ask([{"ask": "file", "node": "h1", "path": "/run/audit/said"}])[0].get("text", "")
        lines = [line for line in text.splitlines() if line.startswith(("THROUGH", "REFUSED"))]
        if lines:
            return AttackOutcome(lines[-1].startswith("THROUGH"), lines[-1][8:])
    return refused("the probe was never seen")


def _supervisor_lives(scene: Scene, said: str) -> AttackOutcome:
    try:
        state = scene.client.status()["state"]
    except EngineError as error:
        return through(f"the supervisor does not answer: {error}")
    return refused(f"the lab is {state} as before") if state == "ready" else through(f"the lab is {state}")


NETLINK = """
socket(my $netlink, 16, 3, 0) or refused("socket: $!");
sub ask {
    my ($type, $flags, $body) = @_;
    send($netlink, pack("LSSLL", 16 + length $body, $type, $flags, 1, 0) . $body, 0);
    recv($netlink, my $answer, 65536, 0);
    my ($length, $kind) = unpack("LS", $answer);
    my $error = $kind == 2 ? unpack("x16l", $answer) : 0;
    $! = -$error;
    return ($error, $answer);
}
"""

FAMILY = Family(
    "other nodes and the supervisor",
    (
        Attack(
            id="N1",
            title="find the supervisor and other nodes in /proc",
            wall="pid namespace with a /proc of its own",
            bash="""
for pid in /proc/[0-9]*; do
  tr '\\0' ' ' <$pid/cmdline 2>/dev/null | grep -aE 'labs.supervisor|python3 -I' && { echo "THROUGH $pid is the supervisor"; exit; }
done
echo "REFUSED $(ls -d /proc/[0-9]* | wc -l) processes are seen, all the node's own"
""",
            control=OWN_PROC,
        ),
        Attack(
            id="N2",
            title="kill every pid",
            wall="pid namespace",
            perl="""
my $self = $$;
for my $pid (2 .. 32768) { kill KILL => $pid unless $pid == $self or $pid == getppid() }
refused("sent");
""",
            judge=_supervisor_lives,
        ),
        Attack(
            id="N3",
            title="join another namespace by /proc/PID/ns or pidfd (setns)",
            wall="node's seccomp filter, pid namespace",
            perl="""
for my $pid (1 .. 400) {
    for my $kind (qw(net mnt user pid)) {
        open(my $space, "<", "/proc/$pid/ns/$kind") or next;
        next if readlink("/proc/$pid/ns/$kind") eq readlink("/proc/self/ns/$kind");
        through("joined $kind of $pid") if call("setns", fileno $space, 0) == 0;
    }
    my $handle = call("pidfd_open", $pid, 0);
    through("joined $pid") if $handle >= 0 && call("setns", $handle, 0x40000000) == 0;
}
refused("setns: $!");
""",
        ),
        Attack(
            id="N4",
            title="list the neighbour's interfaces by netlink (IFLA_TARGET_NETNSID)",
            wall="user namespace of the node's own",
            perl=NETLINK
            + """
my ($error, $answer) = ask(18, 1, pack("CxSlLL", 0, 0, 2, 0, 0) . pack("SSl", 8, 46, 0));
$error ? refused("RTM_GETLINK: $!") : through("the neighbour's second interface was described");
""",
            control=OWN_USERS,
        ),
        Attack(
            id="N5",
            title="create an interface in a neighbour's node by netlink (RTM_NEWLINK with IFLA_TARGET_NETNSID)",
            wall="user namespace of the node's own",
            perl=NETLINK
            + """
my ($error, $answer) = ask(16, 0x605, pack("CxSlLL", 0, 0, 0, 0, 0) . pack("SSl", 8, 46, 0)
    . pack("SSa8", 12, 3, "audited") . pack("SSSSa8", 16, 18, 12, 1, "bridge"));
$error ? refused("RTM_NEWLINK: $!") : through("the neighbour has a bridge of the learner's");
""",
            control=OWN_USERS,
        ),
        Attack(
            id="N6",
            title="receive the events of all net namespaces (NETLINK_LISTEN_ALL_NSID)",
            wall="user namespace of the node's own",
            perl="""
socket(my $netlink, 16, 3, 0) or refused("socket: $!");
bind($netlink, pack("SxxLL", 16, 0, 1)) or refused("bind: $!");
setsockopt($netlink, 270, 8, pack("l", 1)) or refused("setsockopt: $!");
$| = 1;
print "READY\\n";
my $until = time() + 3;
while (time() < $until) {
    my $bits = ""; vec($bits, fileno($netlink), 1) = 1;
    select($bits, undef, undef, 0.2) or next;
    recv($netlink, my $event, 65536, 0);
    through("a link of another node moved") if $event =~ /eth2/;
}
refused("the neighbour's link moved, and nothing was heard");
""",
            judge=_while_a_link_moves,
            beside=True,
            control=OWN_USERS,
        ),
        Attack(
            id="N7",
            title="move an interface into another node's net namespace (RTM_SETLINK, by id and by every pid)",
            wall="user and pid namespace",
            perl=NETLINK
            + """
open(my $file, "<", "/sys/class/net/eth0/ifindex");
my $head = pack("CxSlLL", 0, 0, <$file>, 0, 0) . pack("SSa8", 12, 3, "moved");
for my $pid (2 .. 400) {
    next if -e "/proc/$pid";
    my ($error) = ask(19, 5, $head . pack("SSL", 8, 19, $pid));
    through("our interface is at pid $pid") if !$error;
}
my ($error) = ask(19, 5, $head . pack("SSl", 8, 46, 0));
$error ? refused("RTM_SETLINK: $!") : through("our interface is at the neighbour's");
""",
            control=OWN_USERS,
        ),
        Attack(
            id="N8",
            title="shared memory of System V that the second node sees",
            wall="IPC namespace of the node's own",
            perl="""
needs("shmget", call("shmget", 305419896, 4096, 01666));
refused("made it here");
""",
            judge=_secret_spread,
            control=OWN_IPC,
        ),
        Attack(
            id="N9",
            title="put a file into the second node's root file system",
            wall="upper layer of the node's own",
            bash="echo x >/audit-was-here && echo REFUSED wrote it here",
            judge=_secret_spread,
            control=OWN_DISK,
        ),
        Attack(
            id="N10",
            title="the second node's files by the paths in /proc/mounts (lowerdir, upperdir)",
            wall="mount namespace, pivot_root",
            bash="""
for root in "" /proc/1/root /proc/self/root /proc/self/cwd /proc/*/root; do
  for path in /run/lab/i1/run/secret /run/lab/h1/upper /rootfs/etc/passwd /run/vaka; do
    [ -e "$root$path" ] && { echo "THROUGH $root$path"; exit; }
  done
done
echo "REFUSED none of these paths leads anywhere"
""",
        ),
        helper(
            "N11",
            "read the memory of a terminal's helper before it execs (frozen by SIGSTOP)",
            """
    open(my $memory, "<", "/proc/$pid/mem") or do { $main::why = "mem: $!"; return };
    open(my $map, "<", "/proc/$pid/maps");
    my ($at) = (<$map> // "") =~ /^([0-9a-f]+)/;
    sysseek($memory, hex($at // 0), 0);
    sysread($memory, my $bytes, 64) and return reached($pid, "64 bytes of it were read");
    $main::why = "maps: $!";
""",
        ),
        helper(
            "N12",
            "trace a terminal's helper (ptrace)",
            """
    call("ptrace", 16, $pid, 0, 0) == 0 and do { call("ptrace", 17, $pid, 0, 0); return reached($pid, "attached to $pid") };
    $main::why = "ptrace: $!";
""",
        ),
        helper(
            "N13",
            "take descriptors of a terminal's helper (pidfd_getfd)",
            """
    my $handle = call("pidfd_open", $pid, 0);
    for my $number (0 .. 40) {
        return reached($pid, "descriptor $number of it") if call("pidfd_getfd", $handle, $number, 0) >= 0;
    }
    $main::why = "pidfd_getfd: $!";
""",
        ),
        Attack(
            id="N14",
            title="see and trace our probes while they run",
            wall="probes join the net namespace only",
            bash="""
for i in $(seq 60); do
  for pid in /proc/[0-9]*; do
    read -r name <$pid/comm 2>/dev/null; [ "$name" = tcpdump ] && { echo "THROUGH our capture is $pid"; exit; }
  done
  sleep 0.02
done
echo "REFUSED the probe was never seen"
""",
            judge=_while_a_probe_runs,
            beside=True,
            control=OWN_PROC,
        ),
        Attack(
            id="N15",
            title="read what the container was started with (environ of the node's init)",
            wall="clean environment",
            bash="""
extra=$(cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n' | grep -aE '^(HOSTNAME|PYTHON|VAKA|DOCKER|DATABASE|SECRET)')
[ -n "$extra" ] && echo "THROUGH" $extra || echo "REFUSED only PATH HOME USER LANG TERM SHELL"
""",
            control=ENVIRONMENT,
        ),
        Attack(
            id="N16",
            title="learn the container's cgroup on the host (/proc/self/cgroup)",
            wall="private cgroup namespace",
            bash="""
grep -aE '[0-9a-f]{32}' /proc/self/cgroup /proc/self/mountinfo >/run/seen && echo "THROUGH $(tail -1 /run/seen)" && exit
echo "REFUSED $(head -1 /proc/self/cgroup)"
""",
            control=CGROUPS,
        ),
        Attack(
            id="N17",
            title="listen to the second node's link (AF_PACKET on all interfaces)",
            wall="net namespace",
            bash="""
links=$(ip -br link | awk '{print $1}' | tr '\\n' ' ')
timeout 2 tcpdump -i any -c 1 -nn net 2001:db8:3::/64 >/run/seen 2>/dev/null && { echo "THROUGH $(cat /run/seen)"; exit; }
echo "REFUSED only $links are there"
""",
        ),
    ),
)
