"""Limits that the kernel counts per user: if one uid of the host used them up, the host's root and all labs would lack them."""

from rigs.audit.attack import Attack, Family
from rigs.audit.walls import KERNEL_LIMITS, NODE_FILTER, OPEN_FILES, PROFILE, PTYS

RAISE = 'for my $k (glob("/proc/sys/user/max_*")) { open(my $f, ">", $k) or next; print $f "1000000" }'

FAMILY = Family(
    "limits that the kernel counts per user",
    (
        Attack(
            id="L1",
            title="inotify instances, after raising the node's own limits",
            wall="/proc/sys/user of the session's namespace",
            perl=RAISE
            + """
my $made = 0;
$made++ while $made < 200 && call("inotify_init1", 0) >= 0;
$made > 16 ? through("$made instances") : refused("$made instances, then: $!");
""",
            control=KERNEL_LIMITS,
        ),
        Attack(
            id="L2",
            title="inotify watches",
            wall="/proc/sys/user of the session's namespace",
            perl=RAISE
            + """
my $handle = needs("inotify", call("inotify_init1", 0));
mkdir "/run/w";
my $made = 0;
while ($made < 3000) {
    mkdir "/run/w/$made";
    call("inotify_add_watch", $handle, "/run/w/$made", 2) > 0 or last;
    $made++;
}
$made > 2048 ? through("$made watches") : refused("$made watches, then: $!");
""",
            control=KERNEL_LIMITS,
        ),
        Attack(
            id="L3",
            title="user namespaces until there are no more",
            wall="node's seccomp filter",
            perl="""
my $made = 0;
$made++ while $made < 20 && call("unshare", 0x10000000) == 0;
$made ? through("$made nested user namespaces") : refused("unshare: $!");
""",
            control=NODE_FILTER,
        ),
        Attack(
            id="L4",
            title="keys of the kernel (CVE-2016-0728 and quota)",
            wall="container's seccomp profile",
            perl="""
my $text = "x" x 100;
needs("add_key", call("add_key", "user", "audit", $text, 100, -2));
through("a key was added");
""",
            control=PROFILE,
        ),
        Attack(
            id="L5",
            title="pseudoterminals",
            wall="the node's devpts allows 64",
            perl="""
my @open;
while (@open < 200) { open(my $pty, "+<", "/dev/ptmx") or last; push @open, $pty }
@open > 64 ? through(@open . " are open") : refused(@open . " are open, then: $!");
""",
            control=PTYS,
        ),
        Attack(
            id="L6",
            title="POSIX message queues, after raising the node's own limits",
            wall="RLIMIT_MSGQUEUE, IPC namespace",
            perl="""
for my $k (glob("/proc/sys/fs/mqueue/*")) { open(my $f, ">", $k) or next; print $f "60000" }
my ($made, $attributes) = (0, pack("q8", 0, 1000, 8192, 0, 0, 0, 0, 0));
$made++ while $made < 300 && call("mq_open", "q$made", 0102, 0600, $attributes) >= 0;
$made > 1 ? through("$made queues of 8 MB") : refused("$made queues of 8 MB, then: $!");
""",
        ),
        Attack(
            id="L7",
            title="pending signals (timers and queued ones)",
            wall="RLIMIT_SIGPENDING, counted for the node's own uid",
            perl="""
my ($made, $timer) = (0, pack("l", 0));
$made++ while $made < 200000 && call("timer_create", 0, 0, $timer) == 0;
refused("$made timers, then: $!");
""",
        ),
        Attack(
            id="L8",
            title="descriptors: more than a process of a node may have, and raising that",
            wall="RLIMIT_NOFILE",
            perl="""
call("prlimit64", 0, 7, pack("QQ", 100000, 100000), 0);
my @open;
while (@open < 3000) { open(my $file, "<", "/dev/null") or last; push @open, $file }
@open > 512 ? through(@open . " are open") : refused(@open . " are open, then: $!");
""",
            control=OPEN_FILES,
        ),
        Attack(
            id="L9",
            title="rights of a process: realtime, a higher priority, higher limits, exemption from the OOM killer",
            wall="user namespace: these rights are the host's",
            perl="""
through("SCHED_FIFO") if call("sched_setscheduler", 0, 1, pack("l", 1)) == 0;
through("nice -20") if setpriority(0, 0, -20) && getpriority(0, 0) < 0;
through("RLIMIT_NPROC raised") if call("prlimit64", 0, 6, pack("QQ", 100000, 100000), 0) == 0;
open(my $score, ">", "/proc/self/oom_score_adj");
through("oom_score_adj -1000") if defined $score && syswrite($score, "-1000");
through("oom_score_adj -1") if defined $score && syswrite($score, "-1");
refused("oom_score_adj: $!");
""",
        ),
        Attack(
            id="L10",
            title="longer time slices on the CPU than others have",
            wall="the node's seccomp filter",
            perl="""
needs("sched_setattr", call("sched_setattr", 0, pack("LLQlLQQQ", 48, 0, 0, 0, 0, 100_000_000, 0, 0), 0));
through("a tenth of a second");
""",
            control=NODE_FILTER,
        ),
    ),
)
