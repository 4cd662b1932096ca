"""The whole benchmark: rounds in which all compared measurements take turns, then pages and a solved lab, then one table."""

from collections.abc import Callable, Mapping

from rigs.bench.bench_site import BenchSite, bench_site, pages
from rigs.bench.cold_start import cold_start
from rigs.bench.figures import Value, last_line, middle, table, with_ratios
from rigs.bench.floor import docker_run, floor
from rigs.bench.lessons import lessons
from rigs.bench.per_node import per_node
from rigs.bench.pooled_labs import pooled_labs
from rigs.bench.ring import ring
from rigs.bench.save_and_resume import save_and_resume
from rigs.bench.seats import seats_of
from rigs.bench.simultaneous_starts import PEOPLE, simultaneous_starts
from rigs.bench.sixty_nodes import large_lab
from rigs.bench.solved_lab import over_thin_link, solved_lab
from rigs.bench.untouched_labs import untouched_labs

MOST_KEYS = 40  # into each of the hundred terminals
CROWDS = 3  # rounds of the forty starts, which take more than a minute each
SHOWN = ("docker_run_s", "floor_s", "cold_s", "stop_s", "per_node_s", "memory_mb")


def run(
    tell: Callable[[str], None],
    *,
    runs: int,
    keys: int,
    people: int = PEOPLE,
    labs: int | None = None,
    thin: bool = False,
) -> None:
    """Measure everything and report each result as it comes. The last line is JSON. ``labs``: how many are graded untouched."""
    with bench_site(tell) as ready:
        tell("An 8-router lab, in turn with what it is compared with; seconds")
        tell("round  " + "".join(f"{key:>14}" for key in SHOWN))
        rounds = []
        for number in range(1, runs + 1):
            rounds.append(one_round(ready))
            tell(f"{number:>5}  " + "".join(f"{rounds[-1][key]:>14.3f}" for key in SHOWN))
        measured: dict[str, Value] = dict(middle(rounds))
        tell("Four routers, saved and resumed; seconds")
        measured |= save_and_resume(ready, runs)
        tell("Sixty nodes in one lab")
        measured |= large_lab(ready, runs=min(runs, 3))
        tell(f"{people} people press start in the same second, six routers each")
        measured |= middle([simultaneous_starts(ready, people=people) for _ in range(min(runs, CROWDS))])
        tell("Our labs, untouched")
        untouched, used = untouched_labs(ready, most=labs)
        measured |= untouched
        with pages(ready):
            measured |= pooled_labs(ready, labs=max(1, people // 2), keys=min(keys, MOST_KEYS))
            measured |= lessons(ready)
            tell("The OSPFv3 lab, solved")
            measured |= solved_lab(ready, runs=runs, keys=keys, thin=thin)
        seats = [f"{lab.id} {most}" for lab, most in seats_of(used)]
    found = with_ratios(measured)
    tell(f"Medians of {runs}" if runs > 1 else "One run only")
    for line in table(found):
        tell(line)
    tell("Seats on a machine with 16 GB, by memory: " + ", ".join(seats))
    tell(last_line(found))


def run_thin(tell: Callable[[str], None]) -> None:
    """Measure pages over a thin link only."""
    with bench_site(tell) as ready, pages(ready):
        tell_found(tell, over_thin_link(ready))


def run_untouched(tell: Callable[[str], None], *, labs: int | None = None) -> None:
    """Measure untouched labs only; ``labs``: how many of them."""
    with bench_site(tell) as ready:
        tell_found(tell, untouched_labs(ready, most=labs)[0])


def tell_found(tell: Callable[[str], None], measured: Mapping[str, Value]) -> None:
    """Tell what a part of the benchmark has measured. A figure of another part is neither kept nor missed."""
    found = {key: value for key, value in with_ratios(measured).items() if key in measured}
    for line in table(found):
        tell(line)
    tell(last_line(found))


def one_round(ready: BenchSite) -> dict[str, float]:
    lab = ring()
    return {
        "docker_run_s": docker_run(ready),
        "floor_s": floor(ready, lab),
        **cold_start(ready, lab),
        "per_node_s": per_node(ready, lab),
    }
