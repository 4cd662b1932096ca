"""The attacks on each image flavour that is built: its packages must not weaken the walls around a node."""

from rigs.audit.attack import Attack, Family
from rigs.audit.families import calls, devices, known_exploits, settings

# The changes that a package could make: files with a bit or an owner that give rights, and programs that run by themselves
OWN = (
    Attack(
        id="F1",
        title="a file of the image that does not belong to the lab's own ids",
        wall="all files of the image get owners from the labs' block of ids when it is built",
        bash="""
found=$(find / -xdev \\( -nouser -o -nogroup -o -uid 65534 -o -gid 65534 \\) 2>/dev/null |
    while read -r file; do mountpoint -q "$file" || echo "$file"; done | head -5)  # else it shows what is mounted there
[ -n "$found" ] && echo "THROUGH" $found || echo "REFUSED every file has an owner of the lab"
""",
    ),
    Attack(
        id="F2",
        title="a service that a package starts by itself",
        wall="a node starts what the lab says; nothing in it reads the packages' units",
        bash="""
found=$(for exe in /proc/[0-9]*/exe; do dpkg -S "$(readlink "$exe")" 2>/dev/null; done | cut -d: -f1 | sort -u |
    grep -vxE 'bash|coreutils|catatonit|perl-base|dash|findutils|grep|dpkg|procps|util-linux')
[ -n "$found" ] && echo "THROUGH" $found || echo "REFUSED only our own programs run"
""",
    ),
)
AGAIN = ("C4", "C11", "C12", "D4", "K1", "S1")  # of the other families: one for each wall that a node has by itself


def of_flavour(name: str) -> Family:
    """Return what is tried in a lab with this flavour."""
    families = (calls.FAMILY, devices.FAMILY, known_exploits.FAMILY, settings.FAMILY)
    others = {attack.id: attack for family in families for attack in family.attacks}
    return Family(f"flavour {name}", (*OWN, *(others[number] for number in AGAIN)))
