"""The labs of the chaos test: small, and slow in the phases in which faults strike."""

import shutil
from pathlib import Path

LAB, HUNGRY, LIGHT = "chaos", "chaos-hungry", "chaos-light"
ANSWERS = "2001:db8:c::1"  # the address that the learner must set on h1

# The start command delays the last step of the start, and runs a file that the learner may have left. The check waits for an
# address that is not set, and pulls a cable.
_LAB = """\
id: {id}
title: Two hosts
summary: For faults.
level: beginner
minutes: 60
limits: {{memory: 160, processes: 150, disk: 16}}
nodes:
  h1: {{kind: host, start: ["[ ! -e {again} ] || bash {again}", "{start}"]}}
  h2: {{kind: host}}
links:
  - a: {{interface: "h1:eth0"}}
    b: {{interface: "h2:eth0", addresses: ["2001:db8:c::2/64"]}}
stages:
  - id: one
    title: One
    checks:
      - id: address
        type: addr.present
        title: h1 has its address
        on: [h1]
        expect: {{interface: eth0, addresses: ["{answers}/64"]}}
        points: 5
      - id: answers
        type: ping
        title: h1 answers
        on: [h2]
        do: [{{link: "h1:eth0", up: false}}]
        expect: {{to: "{answers}"}}
        points: 5
        within: 3
"""
# Many small processes, of which the kernel kills the last ones late: the lab ends before them (audit, M13)
_EATS = (
    "for i in $(seq 40); do (echo 0 > /proc/self/oom_score_adj; exec perl -e '$x = q(x) x (8 << 20); sleep 20') & done"
)


_EATER = "/etc/eats"
_AGAIN = "/root/again"  # runs each time the lab starts
WORK = "/root/work"  # the learner's file
EATS = f"bash {_EATER}"  # uses up the lab's memory


def eats_when_resumed(seconds: int) -> str:
    """Return the command that makes the lab use up its memory at each start within the next seconds."""
    return f'echo "[ \\$(date +%s) -gt $(($(date +%s) + {seconds})) ] || {EATS}" > {_AGAIN}'


# A daemon that never answers: a save waits three seconds for it
SLOW_TO_SAVE = (
    "mkdir -p /run/frr; perl -MIO::Socket::UNIX -e "
    "'$s = IO::Socket::UNIX->new(Local => q(/run/frr/slow.vty), Listen => 5) or exit; sleep' &"
)


def write(folder: Path, shipped: Path) -> None:
    """Write the catalogue: the shipped labs, for the courses, and ours."""
    shutil.copytree(shipped, folder)
    for name, start in ((LAB, "sleep 2"), (HUNGRY, f"{EATS}; sleep 20"), (LIGHT, "true")):
        lab = folder / name
        lab.mkdir()
        (lab / "lab.yaml").write_text(_LAB.format(id=name, start=start, again=_AGAIN, answers=ANSWERS))
        (lab / "guide.md").write_text("## One {#one}\n\nGive h1 its address.\n")
        _put(lab / "solution" / "h1.sh", f"ip -6 addr add {ANSWERS}/64 dev eth0\n")
        _put(lab / "files" / "h1" / _EATER.removeprefix("/"), f"{_EATS}\n")


def _put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True)
    file.write_text(text)
