"""Disk, files, processes, memory and CPU of one node, used up."""

from rigs.audit.attack import Attack, Family
from rigs.audit.audit_labs import LIMITS
from rigs.audit.walls import DISK, INODES, MEMORY, PROCESSES


def fill(number: str, where: str) -> Attack:
    return Attack(
        id=number,
        title=f"fill the disk by {where}",
        wall="the tmpfs below the node has a size",
        bash=f"""
dd if=/dev/zero of={where}/full bs=1M count={2 * LIMITS.disk} 2>/run/why
size=$(stat -c %s {where}/full); rm -f {where}/full
[ "$size" -gt {LIMITS.disk << 20} ] && echo "THROUGH $((size >> 20)) MB" || echo "REFUSED $((size >> 20)) MB, then no more"
""",
        control=DISK,
    )


FAMILY = Family(
    "disk, processes and memory",
    (
        fill("M1", "/opt"),
        fill("M2", "/dev/shm"),  # noqa: S108 — of the node
        fill("M3", "/run"),
        Attack(
            id="M4",
            title="files until there are no more",
            wall="the tmpfs below the node has a number of files",
            perl="""
mkdir "/run/f";
my $made = 0;
while ($made < 17000) { open(my $file, ">", "/run/f/$made") or last; $made++ }
$made > 16384 ? through("$made files") : refused("$made files, then: $!");
""",
            control=INODES,
        ),
        Attack(
            id="M5",
            title="a fork bomb",
            wall="RLIMIT_NPROC, counted for the node's own uid",
            perl=f"""
my @children;
while (@children < {2 * LIMITS.processes}) {{
    my $child = fork // last;
    if (!$child) {{ sleep 30; exit }}
    push @children, $child;
}}
my $why = "$!";
kill KILL => @children;
@children > {LIMITS.processes} ? through(@children . " processes") : refused(@children . " processes, then: $why");
""",
            control=PROCESSES,
        ),
        Attack(
            id="M6",
            title="more memory than the lab has",
            wall="the container's memory limit; the kernel ends programs of nodes first",
            bash="""
perl -e 'my $x = "x" x (900 << 20); print length($x), "\n"' >/run/got 2>&1
status=$?
[ -s /run/got ] && grep -q 943718400 /run/got && echo "THROUGH 900 MB" || echo "REFUSED the program ended with status $status"
""",
            control=MEMORY,
        ),
        Attack(
            id="M7",
            title="memory that belongs to no process (memfd)",
            own_lab=True,
            wall="the container's memory limit",
            bash="""
perl -I/run/audit -MProbe -e '
open(my $score, "<", "/proc/self/oom_score_adj");
my $handle = needs("memfd_create", call("memfd_create", "hidden", 0));
open(my $file, ">&=", $handle); binmode $file;
my $piece = "x" x (1 << 20);
for (1 .. 900) { syswrite($file, $piece) or last }
print "THROUGH 900 MB\n"' >/run/got 2>/run/why
grep -aE '^(THROUGH|REFUSED)' /run/got || echo "REFUSED it was ended"
""",
        ),
        Attack(
            id="M8",
            title="memory that belongs to no process (System V)",
            own_lab=True,
            wall="the container's memory limit, the IPC namespace's own",
            bash="""
perl -I/run/audit -MProbe -e '
for my $n (1 .. 15) {
    my $segment = needs("shmget", call("shmget", 4242 + $n, 64 << 20, 01600));
    shmwrite($segment, "x" x (64 << 20), 0, 64 << 20) or last;
}
print "THROUGH 960 MB\n"' >/run/got 2>/run/why
grep -aE '^(THROUGH|REFUSED)' /run/got || echo "REFUSED it was ended"
""",
        ),
        Attack(
            id="M9",
            title="memory of pipes and sockets",
            wall="the container's memory limit counts the kernel's too; RLIMIT_NOFILE",
            perl="""
use Socket;
use Fcntl;
my ($filled, $piece, @keep) = (0, "x" x 65536);
for (1 .. 120) {
    my ($in, $out);
    $_ % 2 ? pipe($in, $out) : socketpair($in, $out, AF_UNIX, SOCK_STREAM, PF_UNSPEC) or last;
    fcntl($out, F_SETFL, O_NONBLOCK);
    fcntl($out, 1031, 1 << 20);
    while (my $went = syswrite($out, $piece)) { $filled += $went }
    push @keep, $in, $out;
}
refused(($filled >> 20) . " MB, then: $!");
""",
        ),
        Attack(
            id="M10",
            title="all CPU, from as many processes as a node may have",
            wall="the container's share of CPU",
            perl="""
my @children;
for (1 .. 40) { my $child = fork // last; if (!$child) { 1 while 1 } push @children, $child }
system("true") for 1 .. 3;
sleep 1;
kill KILL => @children;
refused(@children . " burned for a second");
""",
        ),
        Attack(
            id="M11",
            title="a core file, past every limit",
            wall="RLIMIT_CORE 0 and no right to raise it",
            bash="""
ulimit -c unlimited 2>/run/why
cd /run
bash -c 'kill -SEGV $$'
ls core* 2>/dev/null && echo "THROUGH core" || echo "REFUSED $(cat /run/why)"
""",
        ),
        Attack(
            id="M12",
            title="hundreds of interfaces, thousands of routes",
            wall="they belong to the node; a reset removes them",
            bash="""
for i in $(seq 1 300); do echo "link add v$i type veth peer name w$i"; done | ip -force -batch - 2>/run/why
for i in $(seq 1 1500); do echo "route add 2001:db8:$(printf %x $i)::/64 dev lo"; done | ip -6 -force -batch - 2>>/run/why
echo "REFUSED $(ip -br link | wc -l) interfaces and $(ip -6 route | wc -l) routes, of this node only"
""",
        ),
        Attack(
            id="M13",
            title="the lab's memory in many small processes, which the kernel ends last (oom_score_adj 0)",
            own_lab=True,
            wall="the container's memory limit: the host and other labs never notice",
            perl="""
for (1 .. 120) {
    my $child = fork // last;
    next if $child;
    open(my $score, ">", "/proc/self/oom_score_adj") or exit;
    syswrite($score, "0");
    my $x = "x" x (8 << 20);
    sleep 3;
    exit;
}
sleep 1;
refused("120 pieces of 8 MB");
""",
        ),
    ),
)
