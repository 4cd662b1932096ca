"""The fault set: which generated faults are put into which labs, in which order, and what is counted of each half."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest
from statistics import median

from labs.engine.definition.spec import Lab
from rigs.diagnose.fault_trials import Effect, FaultResult, FaultTrial
from rigs.diagnose.generators.every_fault import every_fault
from rigs.diagnose.generators.fault import GeneratedFault, both, choose, digest
from rigs.diagnose.generators.other_answers import other_answers
from rigs.diagnose.judging import Named

MOST = 14  # faults of one lab
MOST_ANSWERS = 3  # of a lab, into which a fault is put
PAIRS = 1  # of two faults at once, of one lab


def controls(labs: Sequence[Lab], *, answers: bool = False) -> list[FaultTrial]:
    """Return the trials without a fault: each lab solved; with ``answers``, each other right answer too."""
    solved = [FaultTrial(lab) for lab in labs]
    others = ((lab, name, other) for lab in labs if answers for name, other in other_answers(lab).items())
    return solved + [FaultTrial(lab, None, name, other) for lab, name, other in others]


def trials(labs: Sequence[Lab], most: int = MOST) -> list[FaultTrial]:
    """Return the trials of all labs, one of each lab after the other, so that a part of the set has all networks."""
    by_lab = [[FaultTrial(lab, fault) for fault in faults_of_lab(lab, most)] for lab in labs]
    return [trial for turn in zip_longest(*by_lab) for trial in turn if trial]


def in_other_answers(labs: Sequence[Lab]) -> list[FaultTrial]:
    """Return the trials of faults in other right answers: one in each answer of each lab."""
    return [trial for lab in labs for trial in _in_answers_of(lab)]


def _in_answers_of(lab: Lab) -> Iterator[FaultTrial]:
    for number, (name, other) in enumerate(list(other_answers(lab).items())[:MOST_ANSWERS]):
        faults = choose(list(every_fault(other)), number + 1)
        if len(faults) > number:
            yield FaultTrial(lab, faults[number], name, other)


def faults_of_lab(lab: Lab, most: int = MOST) -> list[GeneratedFault]:
    chosen = choose(list(every_fault(lab)), most)
    return [*chosen, *list(_pairs(chosen))[:PAIRS]]


def _pairs(faults: Sequence[GeneratedFault]) -> Iterator[GeneratedFault]:
    """Yield pairs of faults on different nodes: their changes do not touch the same text."""
    ordered = sorted(faults, key=lambda fault: digest(f"pair {fault.id}"))
    for first, second in pairwise(ordered):
        if first.truths[0].nodes[0] != second.truths[0].nodes[0]:
            yield both(first, second)


class Tally:
    """Counts the outcomes of one half."""

    def __init__(self) -> None:
        self.named = Counter[Named]()
        self.effects = Counter[Effect]()
        self.first = Counter[Named]()  # by the first failed check alone
        self.pairs, self.nearer, self.both = 0, 0, 0  # of two faults at once, where one was named; and then the other
        self.seconds: list[float] = []  # of each diagnosis
        self.general = 0  # honest ones in which the learner read the general sentence of the check or its author

    def add(self, result: FaultResult) -> None:
        self.effects[result.effect] += 1
        if result.effect is Effect.FAILS:
            self.named[result.named] += 1
            self.seconds += [result.diagnosis] if result.diagnosis else []
            self.first[result.judged[0].named] += 1
            self.general += result.named is Named.HONEST and any(one.general for one in result.judged)

    def line(self) -> str:
        one = self.named
        return (
            f"{one.total()} faults, {one[Named.RIGHT]} R named right, {one[Named.HONEST]} H honest, "
            f"{one[Named.EFFECT]} E effects, {one[Named.WRONG]} W wrong"
        )

    def beside(self) -> str:
        """Return the counts beside the tally: by the first failed check, general sentences, and faults without a diagnosis."""
        gone, first = self.effects, " ".join(f"{named} {self.first[named]}" for named in Named)
        return (
            f"by the first failed check alone {first}; "
            f"{self.general} of the honest ones with a general sentence; {gone[Effect.NONE]} broke nothing, "
            f"{gone[Effect.UNNOTICED]} broke the goal and no check, {gone[Effect.NOT_MADE]} could not be made"
        )

    def line_of_pairs(self) -> str:
        return f"{self.pairs} pairs, {self.nearer} with one named first, {self.both} with the other named when it was mended"

    def line_of_time(self) -> str:
        often = sorted(self.seconds)
        return (
            f"a diagnosis took {median(often):.1f} s, at most {often[-1]:.1f} s" if often else "no diagnosis was timed"
        )
