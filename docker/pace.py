"""How slow this machine is, beside the one on which Vaka's limits in seconds were set. Measured once, at the first set-up.

Two things are measured, a loop and starts of a program, for labs do both; the worse of them counts. What counts is the CPU time
that they take, and the best of several rounds, so that a machine that is busy at this moment is not taken for a slow one.
`rm .vaka/host/pace.json` has it measured again.
"""

import json
import resource
import subprocess

from steps import HOST

FILE = HOST / "pace.json"
LOOP_SECONDS, STARTS_SECONDS = 0.009, 0.020  # of CPU, what both take where the factor is 1
ROUNDS, STARTS = 5, 20
UNLIKE = 2.0  # below it a machine counts as one of the same speed
MOST = 30.0


def ensure(tell):
    """Measure, if nobody has; return the factor."""
    try:
        return float(json.loads(FILE.read_text())["pace"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    ratios = {"loop": best(loop) / LOOP_SECONDS, "starts": best(starts) / STARTS_SECONDS}
    worst = max(ratios.values())
    factor = 1.0 if worst < UNLIKE else min(round(worst, 1), MOST)
    FILE.write_text(json.dumps({"pace": factor, **{name: round(ratio, 2) for name, ratio in ratios.items()}}))
    if factor > 1:
        tell.did(f"this machine is about {factor:g} times slower than usual: limits in seconds are as much longer")
    return factor


def best(work):
    """The seconds of CPU of the best of several rounds."""
    took = []
    for _ in range(ROUNDS):
        begun = used()
        work()
        took.append(used() - begun)
    return min(took)


def used():
    """Seconds of CPU that we, and programs that we have started, have used."""
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
