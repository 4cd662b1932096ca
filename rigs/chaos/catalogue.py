"""The labs of the chaos site: as light as can be, and slow where a fault is to strike."""

import shutil
from pathlib import Path

LAB, HUNGRY, LIGHT = "chaos", "chaos-hungry", "chaos-light"
ANSWERS = "2001:db8:c::1"  # what the learner is to put on h1

# The start command holds the lab in its last step, and runs what a learner left there. The check waits for what he has not done,
# and takes a cable away.
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
# Many small programs that the kernel likes to keep: it ends the lab before it ends the last of them (audit, M13)
_EATS = (
    "for i in $(seq 40); do (echo 0 > /proc/self/oom_score_adj; exec perl -e '$x = q(x) x (8 << 20); sleep 20') & done"
)


_EATER = "/etc/eats"
_AGAIN = "/root/again"  # runs each time the lab starts
WORK = "/root/work"  # what the learner wrote
EATS = f"bash {_EATER}"  # what he types to use up the memory of his lab


def eats_when_resumed(seconds: int) -> str:
    """What he types so that his lab uses it up whenever it starts in the next seconds, and never after them."""
    return f'echo "[ \\$(date +%s) -gt $(($(date +%s) + {seconds})) ] || {EATS}" > {_AGAIN}'


# A daemon that never answers: a save waits three seconds for it
SLOW_TO_SAVE = (
    "mkdir -p /run/frr; perl -MIO::Socket::UNIX -e "
    "'$s = IO::Socket::UNIX->new(Local => q(/run/frr/slow.vty), Listen => 5) or exit; sleep' &"
)


def write(folder: Path, shipped: Path) -> None:
    """Make the catalogue: what the site ships, for its courses, and ours."""
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
