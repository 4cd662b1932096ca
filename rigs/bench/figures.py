"""The figures of the benchmark: what each one is, its limit, and how several runs become one number. Pure functions."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

type Value = float | None


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the last line. ``least`` and ``most`` are its limits; a mere measurement has none."""

    key: str
    what: str
    most: float = math.inf
    least: float = -math.inf

    def is_kept(self, value: Value) -> bool:
        return value is not None and self.least <= value <= self.most

    @property
    def budget(self) -> str:
        if self.most < math.inf:
            return f"at most {self.most:g}"
        return f"at least {self.least:g}" if self.least > -math.inf else ""


FIGURES = (
    Figure("floor_s", "bare script: the same namespaces, links and daemons"),
    Figure("docker_run_s", "one container with an empty command"),
    Figure("cold_s", "8-router lab, request to every prompt usable"),
    Figure("cold_over_floor", "the same, less one docker run, over the floor", most=1.5),
    Figure("sixty_s", "60 nodes in one lab, to every prompt, less one docker run"),
    Figure("sixty_floor_s", "bare script: the same 60 nodes, 70 links, 120 daemons"),
    Figure("sixty_over_floor", "sixty_s over its floor", most=1.5),
    Figure("per_node_s", "a container for each node, a network for each link"),
    Figure("per_node_over_cold", "per_node_s over cold_s", least=2.5),
    Figure("stop_s", "stop, until nothing is left", most=1),
    Figure("memory_mb", "8-router lab, no terminal open"),
    Figure("memory_over_pss", "memory_mb over the memory of its daemons alone", most=1.2),
    Figure("six_router_mb", "6-router lab, no terminal open", most=250),
    Figure("terminal_mb", "one open terminal"),
    Figure("save_s", "save a lab of four routers", most=0.5),
    Figure("resume_s", "resume it, to prompts and configuration", most=1.5),
    Figure("warm_p95_s", "a pooled lab, start button to a prompt that answers", most=0.2),
    Figure("forty_floor_s", "forty bare labs of six routers, a container each"),
    Figure("forty_s", "forty learners press start at once, until all labs are ready"),
    Figure("forty_over_floor", "forty_s over its floor", most=1.3),
    Figure("echo100_p95_ms", "echo of 100 terminals, 95th percentile"),
    Figure("exec100_p95_ms", "echo of 100 bare execs, 95th percentile"),
    Figure("echo100_p95_over_exec_ms", "the difference of the two", most=5),
    Figure("gateway_mb_each", "memory of the gateway for one terminal", most=1),
    Figure("grade_pass_s", "one check of the converged OSPFv3 lab", most=1),
    Figure("grade30_s", "30 checks in one pass after convergence", most=0.5),
    Figure("grade1_s", "a single check", most=0.05),
    Figure("grade_bare_s", "the probes of the 30 checks, run bare"),
    Figure("grade_over_bare", "grade30_s over grade_bare_s", most=1.3),
    Figure("echo_p95_ms", "echo of a terminal, 95th percentile"),
    Figure("exec_p95_ms", "echo of a bare exec, 95th percentile"),
    Figure("echo_p95_over_exec_ms", "the difference of the two", most=5),
    Figure("lesson_queries", "database queries of a lesson page, at most", most=10),
    Figure("lesson_p95_ms", "time to render a lesson page, 95th percentile", most=50),
    Figure("lesson_first_visit_kb", "largest lesson page, first visit, without pictures", most=100),
    Figure("lab_first_visit_kb", "lab page with terminals, first visit", most=160),
    Figure("first_page_slow_s", "thin link (600 ms, 256 kbit/s): home, first visit"),
    Figure("lesson_slow_s", "thin link: a lesson, first visit"),
    Figure("answer_slow_s", "thin link: a question is answered, to the next page"),
    Figure("lab_page_slow_s", "thin link: the lab page, first visit, to a prompt", most=7),
    Figure("check_slow_s", "thin link: Check my work, to the end of the check"),
    Figure("predicted_echo_ms", "thin link: a key to its predicted echo, 95th percentile", most=50),
    Figure("untouched_verdict_s", "an untouched lab, to the last verdict; the slowest lab", most=3),
    Figure("verdict_after_change_s", "from a change in the network to its verdict on the page", most=2),
    Figure("quiet_page_cpu_percent", "CPU for an open page of a quiet lab, in percent of a core", most=1),
)


def percentile(values: Sequence[float], part: float) -> float:
    """Return the smallest value that the given part (0 to 1) of all values does not exceed."""
    if not values:
        raise ValueError("A percentile of nothing was asked for.")
    return sorted(values)[max(0, math.ceil(part * len(values)) - 1)]


def middle(runs: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the median of each measurement that all runs have."""
    return {key: median(run[key] for run in runs) for key in runs[0] if all(key in run for run in runs)}


def with_ratios(measured: Mapping[str, Value]) -> dict[str, Value]:
    """Add the figures that are computed from others; None if one of these is missing."""
    found = dict(measured)

    def made_of(*keys: str) -> list[float] | None:
        values = [value for key in keys if (value := found.get(key)) is not None]
        return values if len(values) == len(keys) else None

    if three := made_of("cold_s", "docker_run_s", "floor_s"):
        found["cold_over_floor"] = (three[0] - three[1]) / three[2]
    if two := made_of("sixty_s", "sixty_floor_s"):
        found["sixty_over_floor"] = two[0] / two[1]
    if two := made_of("per_node_s", "cold_s"):
        found["per_node_over_cold"] = two[0] / two[1]
    if two := made_of("memory_mb", "daemons_mb"):
        found["memory_over_pss"] = two[0] / two[1]
    if two := made_of("echo_p95_ms", "exec_p95_ms"):
        found["echo_p95_over_exec_ms"] = two[0] - two[1]
    if two := made_of("forty_s", "forty_floor_s"):
        found["forty_over_floor"] = two[0] / two[1]
    if two := made_of("echo100_p95_ms", "exec100_p95_ms"):
        found["echo100_p95_over_exec_ms"] = two[0] - two[1]
    return {figure.key: found.get(figure.key) for figure in FIGURES}


def table(found: Mapping[str, Value]) -> list[str]:
    """Return lines for people: each figure that was found, what it is, and whether it keeps its limit."""
    lines = []
    for figure in FIGURES:
        if figure.key not in found:
            continue
        value = found[figure.key]
        shown = "–" if value is None else f"{value:.3f}"
        kept = f"{figure.budget}: {'kept' if figure.is_kept(value) else 'MISSED'}" if figure.budget else ""
        lines.append(f"  {figure.key:<25}{shown:>9}  {figure.what:<52}  {kept}".rstrip())
    return lines


def last_line(found: Mapping[str, Value]) -> str:
    return json.dumps({key: value if value is None else round(value, 4) for key, value in found.items()})
