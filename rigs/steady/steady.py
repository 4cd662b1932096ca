"""The same lab graded again and again: every verdict must be the one that it was before."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from labs.engine.authoring.parse import load_lab
from labs.engine.definition.spec import Lab
from labs.engine.errors import EngineError
from labs.engine.grading.grading import Outcome, Verdict, grade
from labs.engine.proof.parallel import Yard
from labs.engine.runtime.client import Session

type State = Literal["untouched", "solved"]
AGAIN = 2  # times that a copy is started anew
GRADINGS, STARTS = 200, 20  # of each lab: in each of the two states; copies of it


@dataclass(frozen=True, slots=True)
class Start:
    """One fresh copy of a lab, and how often each of its two states is graded."""

    lab: Lab
    gradings: int


@dataclass(frozen=True, slots=True)
class Grading:
    state: State
    verdicts: tuple[Verdict, ...]

    @property
    def outcomes(self) -> dict[str, Outcome]:
        return {verdict.check: verdict.outcome for verdict in self.verdicts}


@dataclass(slots=True)
class Steadiness:
    """What many gradings of one lab have said."""

    lab: str
    gradings: list[Grading] = field(default_factory=list)

    def false(self) -> list[tuple[Grading, str]]:
        """Returns the gradings with a wrong verdict, and what is wrong: solved, all must pass; untouched, each must say the usual.

        A verdict is not wrong where we could not look.
        """
        usual = self._usual()
        found = []
        for grading in self.gradings:
            right = usual if grading.state == "untouched" else dict.fromkeys(grading.outcomes, Outcome.PASSED)
            wrong = [
                f"{verdict.check} is {verdict.outcome}: {verdict.seen}"
                for verdict in grading.verdicts
                if verdict.outcome not in (right[verdict.check], Outcome.UNKNOWN)
            ]
            if wrong:
                found.append((grading, "; ".join(wrong)))
        return found

    @property
    def unknown(self) -> int:
        return sum(Outcome.UNKNOWN in grading.outcomes.values() for grading in self.gradings)

    def _usual(self) -> dict[str, Outcome]:
        """What each check mostly says of the untouched lab."""
        said: dict[str, Counter[Outcome]] = {}
        for grading in self.gradings:
            if grading.state == "untouched":
                for check, outcome in grading.outcomes.items():
                    said.setdefault(check, Counter())[outcome] += 1
        return {check: counts.most_common(1)[0][0] for check, counts in said.items()}


def starts(lab: Lab, gradings: int, starts: int) -> list[Start]:
    """Returns the copies of a lab: each with the numbers of another learner, and together so many gradings of each state."""
    copies = []
    for number in range(starts):
        each = gradings // starts + (number < gradings % starts)
        copies.append(Start(load_lab(lab.folder, number) if lab.parameters else lab, each))
    return copies


def run(start: Start, yard: Yard) -> list[Grading]:
    """Returns the gradings of one copy; one that could not be started is started anew. Raises EngineError if that does not help."""
    for _ in range(AGAIN):
        with suppress(EngineError):
            return _graded(start, yard)
    return _graded(start, yard)


def _graded(start: Start, yard: Yard) -> list[Grading]:
    """Start it, grade it untouched, solve it, grade it again. The first of the last comes at once, as a learner's."""
    with yard.running(start.lab) as copy:
        untouched = [_grading("untouched", start, copy.session) for _ in range(start.gradings)]
        yard.type(copy.session, start.lab)
        return untouched + [_grading("solved", start, copy.session) for _ in range(start.gradings)]


def _grading(state: State, start: Start, session: Session) -> Grading:
    return Grading(state, tuple(grade(start.lab, session, attempt=True)))


def sum_of(all_: Sequence[Steadiness]) -> tuple[int, int]:
    """Returns how many gradings there were, and how many of them were false."""
    return sum(len(one.gradings) for one in all_), sum(len(one.false()) for one in all_)
