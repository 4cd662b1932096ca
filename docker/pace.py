"""Measures once how slow this server is, compared with the one on which Vaka's time limits were set.

It measures a loop and the start of programs, because labs do both, and takes the worse ratio. It compares CPU time, and the
best of several rounds, so that a busy machine does not count as a slow one. `rm .vaka/host/pace.json` repeats it.
"""

import json
import resource
import subprocess

from steps import HOST

FILE = HOST / "pace.json"
LOOP_SECONDS, STARTS_SECONDS = 0.009, 0.020  # of CPU, on the machine whose factor is 1
ROUNDS, STARTS = 5, 20
UNLIKE = 2.0  # a machine below this ratio counts as equally fast
MOST = 30.0


def ensure(tell):
    """Return the factor. It is measured the first time."""
    try:
        return float(json.loads(FILE.read_text())["pace"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    ratios = {"loop": best(loop) / LOOP_SECONDS, "starts": best(starts) / STARTS_SECONDS}
    worst = max(ratios.values())
    factor = 1.0 if worst < UNLIKE else min(round(worst, 1), MOST)
    FILE.write_text(json.dumps({"pace": factor, **{name: round(ratio, 2) for name, ratio in ratios.items()}}))
    if factor > 1:
        tell.did(f"this server is about {factor:g} times slower than usual: time limits are multiplied by that")
    return factor


def best(work):
    """Return the CPU seconds of the best of several rounds."""
    took = []
    for _ in range(ROUNDS):
        begun = used()
        work()
        took.append(used() - begun)
    return min(took)


def used():
    """Return the CPU seconds of this process and its ended children."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in both)


def loop():
    total = 0
    for number in range(400_000):
        total += number & 7
    return total


def starts():
    for _ in range(STARTS):
        subprocess.run(["true"], check=True)
