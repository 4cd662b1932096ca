"""A run that was graded, and its report for the author: verdicts with reasons, and what had not converged.

Also what the terminals answered, and a table of many runs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labs.engine.author_runs.terminal_outputs import Answer
from labs.engine.authoring import waits
from labs.engine.definition.spec import Lab
from labs.engine.grading.grading import Outcome, Verdict, score

SHORT = {Outcome.WAITING: "wait", Outcome.UNKNOWN: "?"}


@dataclass(frozen=True, slots=True)
class GradedRun:
    """The verdicts of one pass over a lab, and what its terminals showed."""

    lab: Lab
    verdicts: Sequence[Verdict]
    seconds: Mapping[str, float]  # of the phases that there were: started, typed, converged, graded
    answers: Sequence[Answer] = ()  # to the lines that were typed
    outputs: Sequence[Answer] = ()  # of the author's commands
    not_converged: Sequence[str] = ()  # what had not converged when the lab was graded

    @property
    def points(self) -> int:
        return score(self.verdicts).points

    @property
    def unknown(self) -> int:
        """Points of checks whose verdict is unknown."""
        return score(self.verdicts).unknown

    @property
    def is_full(self) -> bool:
        return self.points == self.lab.points_of_all

    @property
    def could_be_full(self) -> bool:
        """Whether only unknown verdicts keep the lab from its full score."""
        return self.points + self.unknown == self.lab.points_of_all

    def as_json(self) -> dict[str, Any]:
        checks = {check.id: check for check in self.lab.checks()}
        about = {"lab": self.lab.id, "version": self.lab.version, "seed": self.lab.seed}
        return {
            **about,
            "parameters": {name: str(value) for name, value in self.lab.parameters.items()},
            "seconds": dict(self.seconds),
            "not_converged": list(self.not_converged),
            "typed": [answer.as_json() for answer in self.answers],
            "run": [output.as_json() for output in self.outputs],
            "score": self.points,
            "out_of": self.lab.points_of_all,
            "unknown": self.unknown,
            "verdicts": [
                {
                    "check": verdict.check,
                    "stage": verdict.stage,
                    "title": checks[verdict.check].title,
                    "outcome": str(verdict.outcome),
                    "points": verdict.points,
                    "out_of": verdict.out_of,
                    "expected": str(verdict.expected),
                    "seen": str(verdict.seen),
                    "node": verdict.node,
                    "command": verdict.command,
                    "cause": str(verdict.cause) if verdict.cause else "",
                    "read_more": list(verdict.read_more),
                    "seconds": verdict.seconds,
                }
                for verdict in self.verdicts
            ],
        }


def report(graded: GradedRun, *, every_answer: bool = False) -> list[str]:
    """Return the lines about one run. EVERY_ANSWER also shows the lines to which nothing, or nothing new, was answered."""
    lab = graded.lab
    took = ", ".join(f"{phase} in {seconds:.1f} s" for phase, seconds in graded.seconds.items())
    lines = ["", f"{lab.title} (version {lab.version}, seed {lab.seed}): {took}"]
    lines += _answers(graded.answers, every=every_answer)
    for output in graded.outputs:
        lines += ["", f"{output.node}: {output.line}", *_indented(output.text or "(no output)")]
    if graded.not_converged:
        lines += ["", f"Not converged when the lab was graded: {', '.join(graded.not_converged)}"]
    verdicts = {verdict.check: verdict for verdict in graded.verdicts}
    for number, stage in enumerate(lab.stages, 1):
        lines.append(f"\n{number}. {stage.title}: {waits.longest_wait(stage)}")
        for check in stage.checks:
            lines += _about(check.title, verdicts[check.id])
    lines.append(f"\n{graded.points} of {lab.points_of_all} points")
    took_to_grade = graded.seconds.get("graded", 0.0)
    if graded.is_full and waits.is_long(took_to_grade):
        lines.append(f"This right answer waited {took_to_grade:.0f} s for its verdicts. {waits.FEWER}.")
    if graded.unknown:
        lines.append(f"{graded.unknown} points belong to checks that could not be made. Try again.")
    return lines


def _answers(answers: Sequence[Answer], *, every: bool) -> list[str]:
    shown = [(one, one.text if every else one.told) for one in answers]
    if not every:
        shown = [(one, text) for one, text in shown if text]
    if not shown:
        return []
    lines = ["", "What the terminals answered:"]
    for one, text in shown:
        lines += [f"  {one.node}: {one.line}", *(_indented(text) if text else [])]
    return lines


def _indented(text: str) -> list[str]:
    return [f"      {line}" for line in text.splitlines()]


def _about(title: str, one: Verdict) -> list[str]:
    lines = [f"  {one.outcome:8} {one.points:3} of {one.out_of:3}  {title} ({one.check})"]
    if one.outcome is Outcome.PASSED:
        return lines
    details = {
        "Expected": one.expected,
        "Seen": one.seen,
        "Look yourself": f"on {one.node}: {one.command}" if one.command else "",
        "Likely cause": one.cause or "",
    }
    return lines + [f"{'':23}{word + ':':15}{text}" for word, text in details.items() if str(text)]


def matrix(done: Mapping[str, GradedRun | Exception]) -> Iterator[str]:
    """Yield a table: a row for each check, a column for each set of answers, the points of each in its cell."""
    graded = {name: one for name, one in done.items() if isinstance(one, GradedRun)}
    if graded:
        yield from _table(graded)
    for name, one in done.items():
        if isinstance(one, Exception):
            yield f"{name} could not be graded: {one}"


def _table(graded: Mapping[str, GradedRun]) -> Iterator[str]:
    lab = next(iter(graded.values())).lab
    verdicts = {name: {one.check: one for one in run.verdicts} for name, run in graded.items()}
    widths = {name: max(len(name), 4) for name in graded}
    first = max(len("of its points"), *(len(check.id) + 4 for check in lab.checks()))

    def row(title: str, out_of: object, cells: Mapping[str, object]) -> str:
        return "  ".join([f"{title:{first}}", f"{out_of:>4}", *(f"{cells[name]:>{widths[name]}}" for name in graded)])

    yield f"{lab.title} (version {lab.version}, seed {lab.seed})"
    yield row("", "of", {name: name for name in graded})
    for stage in lab.stages:
        yield stage.id
        for check in stage.checks:
            yield row(f"  {check.id}", check.points, {name: _cell(verdicts[name][check.id]) for name in graded})
    yield row("points", lab.points, {name: run.points for name, run in graded.items()})


def _cell(one: Verdict) -> str:
    return SHORT.get(one.outcome, str(one.points))
