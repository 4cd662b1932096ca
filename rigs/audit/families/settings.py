"""Settings of the kernel and the machine. Where success would harm the host, an attack only opens the file and writes nothing."""

from rigs.audit.attack import Attack, Family
from rigs.audit.walls import APPARMOR, OWN_IDS, PROFILE


def open_for_writing(number: str, path: str, what: str) -> Attack:
    """An attack on a file that only the host's root may write."""
    return Attack(
        id=number,
        title=f"write {what} ({path})",
        wall="ids of our own: root in a node is not the host's",
        perl=f"""
-e "{path}" or refused("this kernel has no {path}");
open(my $file, ">>", "{path}") or refused("open: $!");
through("{path} is open for writing");
""",
        control=OWN_IDS,
        behind=(APPARMOR,),
    )


FAMILY = Family(
    "kernel settings",
    (
        open_for_writing("K1", "/proc/sys/kernel/core_pattern", "the program that the host runs for a core"),
        open_for_writing("K2", "/proc/sys/vm/drop_caches", "the host's caches away"),
        open_for_writing("K3", "/proc/sys/fs/file-max", "how many files the host may open"),
        open_for_writing("K4", "/proc/sys/kernel/panic", "what the host does in a panic"),
        open_for_writing("K5", "/proc/irq/default_smp_affinity", "which CPU serves interrupts"),
        Attack(
            id="K6",
            title="write below /sys (uevent_helper, power/state, kernel/mm, class/net/*/…)",
            wall="/sys is mounted read-only",
            bash="""
for file in /sys/kernel/uevent_helper /sys/power/state /sys/kernel/mm/transparent_hugepage/enabled /sys/kernel/profiling \\
    /sys/module/*/parameters/* /sys/bus/*/drivers_probe /sys/class/net/eth0/mtu; do
  { exec 3>>"$file"; } 2>/run/why && { echo "THROUGH $file"; exit; }
done
echo "REFUSED $(tail -1 /run/why)"
""",
        ),
        Attack(
            id="K7",
            title="write net sysctls that are the machine's (rmem_max, nf_conntrack_max, tcp_mem, bpf_jit_enable)",
            wall="user and net namespace",
            bash="""
for key in core/rmem_max core/wmem_max core/bpf_jit_enable core/bpf_jit_harden netfilter/nf_conntrack_max \\
    ipv4/tcp_mem ipv4/udp_mem; do
  [ -e /proc/sys/net/$key ] || continue
  { exec 3>>/proc/sys/net/$key; } 2>/run/why && { echo "THROUGH net/$key"; exit; }
done
echo "REFUSED $(tail -1 /run/why)"
""",
        ),
        Attack(
            id="K8",
            title="reboot(2), with a wrong magic number",
            wall="container's seccomp profile",
            perl="""
call("reboot", 1, 2, 3, 0);
$!{EINVAL} ? through("only the magic number was wrong") : refused("reboot: $!");
""",
            control=PROFILE,
        ),
        Attack(
            id="K9",
            title="set the clock (settimeofday, clock_settime)",
            wall="seccomp profile, user namespace",
            perl="""
through("settimeofday") if call("settimeofday", pack("qq", time(), 0), 0) == 0;
through("clock_settime") if call("clock_settime", 0, pack("qq", time(), 0)) == 0;
refused("clock_settime: $!");
""",
        ),
        Attack(
            id="K10",
            title="load a kernel or a module (kexec_load, init_module)",
            wall="seccomp profile, user namespace",
            perl="""
through("kexec_load") if call("kexec_load", 0, 0, 0, 0) == 0;
my $bytes = "x" x 64;
call("init_module", $bytes, 64, "");
$!{ENOEXEC} ? through("only the module was bad") : refused("init_module: $!");
""",
        ),
        Attack(
            id="K11",
            title="process accounting, swap and quota of the machine",
            wall="seccomp profile, user namespace",
            perl="""
open(my $file, ">", "/run/acct");
for my $try (["acct", "/run/acct"], ["swapon", "/run/acct", 0], ["quotactl", 0, 0, 0, 0]) {
    through($try->[0]) if call(@$try) == 0;
}
refused("acct: $!");
""",
        ),
        Attack(
            id="K12",
            title="read the kernel's log (syslog, /dev/kmsg) and its addresses (kallsyms)",
            wall="seccomp profile, kernel's own rule for readers without rights",
            perl="""
my $text = "\\0" x 4096;
through("syslog") if call("syslog", 3, $text, 4096) > 0;
open(my $symbols, "<", "/proc/kallsyms");
while (my $line = defined $symbols ? <$symbols> : undef) { through("address $line") if $line !~ /^0+ / }
refused("no log, and all addresses are 0");
""",
        ),
    ),
)
