"""System calls that nothing in a lab needs, and that most escapes have used."""

from rigs.audit.attack import Attack, Family
from rigs.audit.walls import APPARMOR, NODE_FILTER, PARANOID, PROFILE, SecondWall


def call(
    number: str, title: str, name: str, arguments: str, more: str = "", behind: tuple[SecondWall, ...] = ()
) -> Attack:
    """A call that only the container's profile denies. It comes through if the kernel carries it out."""
    return Attack(
        id=number,
        title=title,
        wall="container's seccomp profile",
        perl=f"""
{more}
needs("{name}", call("{name}", {arguments}));
through("{name} was carried out");
""",
        control=PROFILE,
        behind=behind,
    )


# A 32-bit program of 84 + 12 bytes: exit(getpid() != 0 ? 42 : 0) by int 0x80.
OLD_CALLS = """
my $code = pack("H*", "b814000000cd80" . "bb2a000000" . "b801000000" . "cd80");
my $size = 84 + length $code;
my $elf = "\\x7fELF\\x01\\x01\\x01" . "\\0" x 9 . pack("vvVVVVVvvvvvv", 2, 3, 1, 0x08048054, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    . pack("VVVVVVVV", 1, 0, 0x08048000, 0x08048000, $size, $size, 5, 4096) . $code;
open(my $file, ">", "/tmp/old"); print $file $elf; close $file; chmod 0755, "/tmp/old";
my $status = system("/tmp/old");
$status == 42 << 8 ? through("32-bit calls are served") : refused("the program ended with status $status");
"""

FAMILY = Family(
    "system calls",
    (
        Attack(
            id="S1",
            title="load a BPF program (CVE-2020-8835, CVE-2021-3490 and their like)",
            wall="seccomp profile, unprivileged_bpf_disabled",
            perl="""
my $code = pack("Q2", 0xb7, 0x95);
my $license = "GPL\\0";
my $attributes = pack("LLPP", 1, 2, $code, $license) . "\\0" x 96;
needs("bpf", call("bpf", 5, $attributes, 128));
through("a program was loaded");
""",
        ),
        call("S2", "io_uring (CVE-2021-41073, CVE-2022-2602)", "io_uring_setup", "4, $ring", 'my $ring = "\\0" x 120;'),
        call("S3", "userfaultfd, the helper of many races", "userfaultfd", "1"),
        call(
            "S4",
            "perf_event_open (CVE-2013-2094)",
            "perf_event_open",
            "$event, 0, -1, -1, 0",
            'my $event = pack("LLQQQQQ", 1, 64, 1, 0, 0, 0, 0x61) . "\\0" x 8;',
            (APPARMOR, PARANOID),
        ),
        call("S5", "compare kernel objects (kcmp)", "kcmp", "$$, $$, 1, 0, 0"),
        call(
            "S6",
            "read memory of a process (process_vm_readv)",
            "process_vm_readv",
            "$$, $local, 1, $local, 1, 0",
            'my $text = "x" x 64; my $local = pack("PQ", $text, 8);',
        ),
        call("S7", "executable data (personality READ_IMPLIES_EXEC)", "personality", "0x0400000"),
        call(
            "S8",
            "pages shared with a pipe (vmsplice)",
            "vmsplice",
            "fileno($out), $piece, 1, 0",
            'pipe(my $in, my $out); my $text = "x" x 4096; my $piece = pack("PQ", $text, 4096);',
        ),
        call("S9", "a socket to the machine below (AF_VSOCK)", "socket", "40, 1, 0"),
        call(
            "S15",
            "asynchronous input and output (io_setup), whose contexts are the machine's (fs.aio-max-nr)",
            "io_setup",
            "64, $context",
            'my $context = pack("Q", 0);',
        ),
        Attack(
            id="S16",
            title="the kernel's audit (NETLINK_AUDIT), with high bits in its number that the kernel ignores",
            wall="container's seccomp profile compares as many bits as the kernel",
            perl="""
my @got;
for my $family (16, 16 | 1 << 32) {
    for my $protocol (9, 9 | 1 << 32, 9 | 1 << 63) {
        push @got, "$family/$protocol" if call("socket", $family, 3, $protocol) >= 0 || !$!{EINVAL};
    }
}
@got ? through("@got") : refused("socket: $!");
""",
            control=PROFILE,
        ),
        Attack(
            id="S10",
            title="32-bit calls (int 0x80), past a filter of 64-bit ones",
            wall="seccomp profile and node's filter know one architecture",
            perl=OLD_CALLS,
        ),
        Attack(
            id="S11",
            title="x32 calls (bit 30), past a filter by number",
            wall="node's seccomp filter",
            perl="""
my $child = fork // refused("fork: $!");
exit(call(39 | 0x40000000) > 0 ? 42 : 0) if $child == 0;  # the container's profile ends it by SIGSYS
waitpid($child, 0);
$? == 42 << 8 ? through("getpid was served") : refused("the program ended with status $?");
""",
        ),
        Attack(
            id="S12",
            title="a user namespace by clone",
            wall="node's seccomp filter",
            perl="""
my $child = needs("clone", call("clone", 0x10000011, 0, 0, 0, 0));
exit 0 if $child == 0;
waitpid($child, 0);
through("a user namespace was made");
""",
            control=NODE_FILTER,
        ),
        Attack(
            id="S13",
            title="a user namespace by clone3, whose flags no filter can read",
            wall="node's seccomp filter answers ENOSYS",
            perl="""
my $how = pack("Q8", 0x10000000, 0, 0, 0, 17, 0, 0, 0);
my $child = needs("clone3", call("clone3", $how, 64));
exit 0 if $child == 0;
waitpid($child, 0);
through("a user namespace was made");
""",
            control=NODE_FILTER,
        ),
        Attack(
            id="S14",
            title="net namespace by unshare",
            wall="node's seccomp filter",
            perl="""
needs("unshare", call("unshare", 0x40000000));
through("a net namespace was made");
""",
            control=NODE_FILTER,
        ),
    ),
)
