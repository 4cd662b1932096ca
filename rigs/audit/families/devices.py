"""Devices and mounts."""

from rigs.audit.attack import Attack, Family
from rigs.audit.walls import NODE_FILTER

FAMILY = Family(
    "devices and mounts",
    (
        Attack(
            id="D1",
            title="mknod of the host's first disks",
            wall="user namespace",
            bash="""
for numbers in "8 0" "8 1" "252 0" "253 0" "254 0" "259 0" "7 0"; do
  rm -f /run/disk; mknod /run/disk b $numbers 2>/run/why && { head -c 1 /run/disk >/dev/null && echo "THROUGH read disk $numbers"; }
done
echo "REFUSED $(tail -1 /run/why)"
""",
        ),
        Attack(
            id="D2",
            title="mknod of memory, kernel log, KVM, fuse, loop control",
            wall="user namespace",
            bash="""
for numbers in "1 1" "1 2" "1 11" "10 232" "10 229" "10 237" "10 200" "5 1" "4 0"; do
  rm -f /dev/shm/x; mknod /dev/shm/x c $numbers 2>/run/why && { exec 3<>/dev/shm/x && echo "THROUGH opened $numbers"; }
done
echo "REFUSED $(tail -1 /run/why)"
""",
        ),
        Attack(
            id="D3",
            title="open any device beyond the six harmless ones and ptys",
            wall="a /dev of the node's own",
            bash="""
found=$(find / -xdev \\( -type b -o -type c \\) 2>/dev/null; ls -l /dev /dev/shm 2>/dev/null | awk '/^[bc]/ {print $NF}')
extra=$(printf '%s\\n' $found | grep -vE '^(/dev/)?(null|zero|full|random|urandom|tty)$')
[ -n "$extra" ] && echo "THROUGH" $extra || echo "REFUSED only null zero full random urandom tty are there"
""",
        ),
        Attack(
            id="D4",
            title="a tmpfs of one's own, past the disk limit",
            wall="node's seccomp filter",
            perl="""
mkdir "/run/m";
needs("mount", call("mount", "t", "/run/m", "tmpfs", 0, 0));
through("a tmpfs without a size is mounted");
""",
            control=NODE_FILTER,
        ),
        Attack(
            id="D5",
            title="a second /proc",
            wall="node's seccomp filter",
            perl="""
mkdir "/run/m";
needs("mount", call("mount", "proc", "/run/m", "proc", 0, 0));
through("mounted") if -d "/run/m/1";
""",
            control=NODE_FILTER,
        ),
        Attack(
            id="D6",
            title="bind / elsewhere (mount --bind)",
            wall="node's seccomp filter",
            perl="""
mkdir "/run/m";
needs("mount", call("mount", "/", "/run/m", 0, 4096, 0));
through("bound") if -e "/run/m/etc/passwd";
""",
            control=NODE_FILTER,
        ),
        Attack(
            id="D7",
            title="clone a mount by the new calls (open_tree)",
            wall="node's seccomp filter",
            perl="""
needs("open_tree", call("open_tree", AT_FDCWD, "/", 1));
through("a detached copy of / is open");
""",
            control=NODE_FILTER,
        ),
        Attack(
            id="D8",
            title="take a mount away (umount2)",
            wall="node's seccomp filter",
            perl="""
needs("umount2", call("umount2", "/dev/shm", 2));
through("unmounted");
""",
            control=NODE_FILTER,
        ),
        Attack(
            id="D9",
            title="change a mount's flags (mount_setattr)",
            wall="node's seccomp filter",
            perl="""
my $attributes = pack("QQQQ", 0, 8, 0, 0);
needs("mount_setattr", call("mount_setattr", AT_FDCWD, "/dev/pts", 0, $attributes, 32));
through("files of /dev/pts may be executed");
""",
            control=NODE_FILTER,
        ),
        Attack(
            id="D10",
            title="mount a disk's file system (ext4, btrfs, xfs, devtmpfs)",
            wall="node's seccomp filter, user namespace",
            perl="""
mkdir "/run/m";
for my $type (qw(ext4 xfs btrfs squashfs devtmpfs debugfs tracefs securityfs bpf)) {
    through("mounted $type") if call("mount", "/dev/vda", "/run/m", $type, 0, 0) == 0;
}
refused("mount: $!");
""",
        ),
        Attack(
            id="D11",
            title="leave by chroot, with / still open (the classic)",
            wall="pivot_root: there is nothing above the node's root",
            perl="""
opendir(my $root, "/");
mkdir "/run/x";
chroot("/run/x");
chdir($root);
chdir("..") for 1 .. 64;
chroot(".");
my @seen = grep { -e } ("/rootfs", "/usr/lib/python3/dist-packages/labs", "/run/vaka", "/run/lab");
@seen ? through("@seen") : refused("came back to the node's own root");
""",
        ),
        Attack(
            id="D12",
            title="change the root of the node (pivot_root)",
            wall="node's seccomp filter",
            perl="""
mkdir "/run/m";
needs("pivot_root", call("pivot_root", ".", "."));
through("pivot_root");
""",
        ),
    ),
)
