"""Published escapes that could apply to a container like ours, by their numbers."""

from rigs.audit.attempt import Attempt, Family, Outcome, refused, through
from rigs.audit.families.neighbours import helper
from rigs.audit.scene import INSTRUCTOR, Scene
from rigs.audit.walls import DESCRIPTORS, NODE_FILTER, OPEN_BELOW, PRIVILEGES, PROFILE


def _image_is_whole(scene: Scene, said: str) -> Outcome:
    text = scene.run(INSTRUCTOR, "head -c 4 /usr/bin/true | od -c | head -1")
    return refused("the second node's file is whole") if "E   L   F" in text else through(f"/usr/bin/true is {text}")


FAMILY = Family(
    "published escapes",
    (
        Attempt(
            id="C1",
            title="CVE-2022-0492: a cgroup's release_agent, by unshare and a mount of cgroup",
            wall="node's seccomp filter, user namespace, max_cgroup_namespaces 0",
            bash="""
unshare -UrmC true 2>/run/why && { echo "THROUGH unshare -UrmC"; exit; }
mkdir -p /run/cg; mount -t cgroup -o memory cgroup /run/cg 2>>/run/why && { echo "THROUGH mounted"; exit; }
{ exec 3>/sys/fs/cgroup/release_agent; } 2>>/run/why && { echo "THROUGH release_agent is open"; exit; }
echo "REFUSED $(head -1 /run/why)"
""",
        ),
        Attempt(
            id="C2",
            title="CVE-2022-0185: fsopen and fsconfig",
            wall="node's seccomp filter",
            perl="""
my $context = needs("fsopen", call("fsopen", "tmpfs", 0));
my $value = "1m";
needs("fsconfig", call("fsconfig", $context, 1, "size", $value, 0));
through("the kernel took a parameter");
""",
            control=NODE_FILTER,
        ),
        Attempt(
            id="C3",
            title="CVE-2021-3493, CVE-2023-2640, CVE-2023-32629: an overlay mounted by the learner",
            wall="node's seccomp filter",
            perl="""
mkdir "/run/$_" for qw(l u w m);
needs("mount", call("mount", "overlay", "/run/m", "overlay", 0, "lowerdir=/run/l,upperdir=/run/u,workdir=/run/w,userxattr"));
through("an overlay is mounted");
""",
            control=NODE_FILTER,
        ),
        Attempt(
            id="C4",
            title="CVE-2023-0386, CVE-2021-4034: a set-user-id program",
            wall="no-new-privileges",
            perl="""
system("cp /usr/bin/id /var/tmp/id; chmod 4755 /var/tmp/id; chmod 755 /var/tmp");
my $child = fork;
if (!$child) { $( = $) = "65534 65534"; ($<, $>) = (65534, 65534); exec "/var/tmp/id >/dev/shm/id" }
waitpid($child, 0);
open(my $file, "<", "/dev/shm/id"); my $said = <$file> // "no answer";
$said =~ /euid=0/ ? through($said) : refused($said);
""",
            control=PRIVILEGES,
        ),
        helper(
            "C5",
            "CVE-2019-5736: the program of a process of ours that enters the node, by /proc/PID/exe",
            'my $l = readlink("/proc/$pid/exe"); open(my $e, "<", "/proc/$pid/exe") and return reached($pid, "$l of ours is open");'
            '$main::why = "exe: $!";',
        ),
        Attempt(
            id="C6",
            title="CVE-2024-21626: a descriptor of ours that leads out (/proc/self/fd/N/…)",
            wall="a terminal's shell gets three descriptors, all else is closed",
            bash="""
for process in /proc/self /proc/$PPID /proc/[0-9]*; do for fd in $(ls $process/fd 2>/dev/null); do
  [ -e $process/fd/$fd/rootfs/etc ] && { echo "THROUGH $process/fd/$fd leads to $(ls $process/fd/$fd | tr '\\n' ' ')"; exit; }
done; done
[ -e /proc/self/cwd/rootfs ] && echo "THROUGH cwd" || echo "REFUSED no descriptor leads out"
""",
            control=DESCRIPTORS,
        ),
        Attempt(
            id="C7",
            title="CVE-2022-0847 (Dirty Pipe): write into the page cache of a file of the image",
            wall="the kernel is mended; the file is below an overlay",
            perl="""
open(my $file, "<", "/usr/bin/true"); binmode $file;
pipe(my $in, my $out);
for (1 .. 16) { syswrite($out, "x" x 4096) } sysread($in, my $drop, 65536);
my $at = pack("q", 0);
call("splice", fileno $file, $at, fileno $out, 0, 1, 0);
syswrite($out, "PWNED");
refused("tried");
""",
            judge=_image_is_whole,
        ),
        Attempt(
            id="C8",
            title="CVE-2020-15257: abstract sockets of containerd and others",
            wall="net namespace; the container has no network of the host's",
            bash="""
found=$(awk 'NR > 1 && $8 ~ /^@/ {print $8}' /proc/net/unix)
[ -n "$found" ] && echo "THROUGH" $found || echo "REFUSED there is none"
""",
        ),
        Attempt(
            id="C9",
            title="Shocker (open_by_handle_at): files by number, past every path",
            wall="container's seccomp profile",
            perl="""
my $handle = pack("Ll", 128, 0) . "\\0" x 128;
my $mount = pack("l", 0);
call("name_to_handle_at", AT_FDCWD, "/dev/shm", $handle, $mount, 0);
$!{ENOSYS} ? refused("name_to_handle_at: $!") : 0;
call("open_by_handle_at", 0, $handle, 0);
$!{ENOSYS} ? refused("open_by_handle_at: $!") : through("the kernel considered the handle: $!");
""",
            control=PROFILE,
        ),
        Attempt(
            id="C10",
            title="CVE-2018-15664: a link in the node's files while we read them (docker cp)",
            wall="openat2 with RESOLVE_IN_ROOT, no docker cp",
            bash="""
ln -sfn /usr/lib/python3/dist-packages/labs /etc/there; echo REFUSED linked
""",
            judge=lambda scene, said: _read(scene, "/etc/there/supervisor/node.py", "NodeSpace"),
            control=OPEN_BELOW,
        ),
        Attempt(
            id="C11",
            title="CVE-2018-18955: nested user namespaces with many ranges of ids",
            wall="node's seccomp filter",
            bash="unshare -U true 2>/run/why && echo THROUGH a nested user namespace || echo REFUSED $(cat /run/why)",
            control=NODE_FILTER,
        ),
        Attempt(
            id="C12",
            title="CVE-2019-13272: have a parent with more rights trace us (PTRACE_TRACEME, set-user-id pkexec)",
            wall="no set-user-id file in the image, no-new-privileges",
            bash="""
found=$(find / -xdev -perm /6000 -type f 2>/dev/null; find / -xdev -type f -exec getcap {} + 2>/dev/null | head -3)
[ -n "$found" ] && echo "THROUGH" $found || echo "REFUSED the image has none"
""",
        ),
        Attempt(
            id="C13",
            title="CVE-2021-22555 and its kind: replace iptables' tables (IPT_SO_SET_REPLACE)",
            wall="x_tables answers for the node's own network; a kernel without it: ENOPROTOOPT",
            perl="""
use Socket;
socket(my $raw, AF_INET, SOCK_RAW, 255) or refused("socket: $!");
setsockopt($raw, 0, 64, "\\0" x 16) ? through("a broken table was taken") : refused("setsockopt: $!");
""",
        ),
    ),
)


def _read(scene: Scene, path: str, mark: str) -> Outcome:
    answer = scene.session.ask([{"ask": "file", "node": "h1", "path": path}])[0]
    return (
        through(f"{path} of the supervisor was read")
        if mark in answer.get("text", "")
        else refused("there is no such file")
    )
