"""Decides whether what a learner reads about a failed check names the fault, names something else, or only says what was seen."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

from labs.engine.checks import Outcome
from labs.engine.diagnosis.causes import NOT_KNOWN, OBSERVED, SEEN_FROM, SHOWN
from labs.engine.diagnosis.needs_and_consequences import NEEDS
from labs.engine.grading.verdicts import Verdict
from labs.engine.translatable_text import Text
from rigs.diagnose.generators.fault import Truth

# Things that a node lacks, for which its kernel can be asked
LACKS = {
    "route": re.compile(r"(?P<node>[\w-]+) has no route to (?:the cache |the next hop )?(?P<it>[0-9a-f:.]+)"),
    "address": re.compile(r"(?P<node>[\w-]+) does not have the address (?P<it>[0-9a-f:.]+)"),
}
# Sentences of the diagnosis that tell what follows from a cause, and not a cause. They are effects if they are true.
EFFECTS = re.compile(
    r"No router here originates|No router sends router advertisements|it has no route to the next hop"
    r"|The router on the link of \S+ (does not advertise|advertises) th"
)

BESIDE = (SHOWN, SEEN_FROM, *NEEDS.values())
# Which way packets took is something seen
PATH = re.compile(r"Packets for \S+ pass |With all links up, packets for \S+ pass ")


class Named(StrEnum):
    """The result of a diagnosis of a fault. If several checks fail, the worst counts: wrong, then right, effect, honest."""

    RIGHT = "R"
    HONEST = "H"  # no name: only what was seen, or the general sentence of the check
    EFFECT = "E"
    WRONG = "W"


ORDER = (Named.WRONG, Named.RIGHT, Named.EFFECT, Named.HONEST)


@dataclass(frozen=True, slots=True)
class Judged:
    """The explanation of one failed check, judged."""

    check: str
    named: Named
    text: str
    general: bool = False  # the sentence was the author's or the check's, and did not fit the fault
    truth: int | None = None  # the position of the first truth that was named


type IsTrue = Callable[[str, str, str], bool]  # whether of LACKS this node really lacks this address


def sentences(text: Text) -> Iterator[Text]:
    """Yield the sentences of a cause that tell what is wrong: without a command, and without what the check expects."""
    return (one for one in text.sentences() if one.msgid not in BESIDE)


def names(told: Text | None, general: Text | None) -> list[str]:
    """Return the sentences by which the diagnosis names a cause.

    ``general`` is what the check or its author says without a diagnosis. This is no name, and what was only seen is none either.
    """
    known = {one.msgid for one in sentences(general)} if general else set()
    said = [one for one in before_the_observed(told) if one.msgid not in known]
    return [str(one) for one in said if not PATH.match(str(one))]


def before_the_observed(told: Text | None) -> list[Text]:
    return list(takewhile(lambda one: one.msgid not in (NOT_KNOWN, OBSERVED), sentences(told))) if told else []


def judge(verdict: Verdict, general: Text | None, truths: Sequence[Truth], is_true: IsTrue) -> Judged:
    """Judge what the learner reads about a failed check. GENERAL is the cause that it had before the diagnosis."""
    check, said = verdict.check, str(verdict.cause or "")
    named, about = " ".join(names(verdict.cause, general)), f"{verdict.expected} {verdict.command}"
    by_name = [number for number, truth in enumerate(truths) if truth.is_named_by(named, about)]
    if by_name:
        return Judged(check, Named.RIGHT, said, truth=by_name[0])
    if named:
        return Judged(check, Named.EFFECT if _is_effect(named, about, truths, is_true) else Named.WRONG, said)
    # The author's sentence, or what the check itself has seen on the node of the fault
    by_author, seen = " ".join(map(str, before_the_observed(verdict.cause))), f"{verdict.node}: {verdict.seen}"
    if any(truth.strict.is_named_by(by_author) for truth in truths) or any(
        verdict.node in truth.nodes and truth.strict.is_named_by(seen) for truth in truths
    ):
        return Judged(check, Named.RIGHT, f"{said} [{verdict.seen}]")
    return Judged(check, Named.HONEST, said, general=bool(by_author))


def _is_effect(text: str, about: str, truths: Sequence[Truth], is_true: IsTrue) -> bool:
    """Whether the node really lacks the route or the address, or the sentence tells what always follows from something else."""
    for what, pattern in LACKS.items():
        if found := pattern.search(text):
            return is_true(what, found["node"], found["it"].rstrip("."))
    concerned = any(truth.has_aspect(text) or truth.has_object(f"{text} ({about})") for truth in truths)
    return bool(EFFECTS.search(text)) and concerned


def has_failed(verdict: Verdict) -> bool:
    """Whether the check was judged and failed; if its control failed, it was not judged."""
    return verdict.outcome is Outcome.FAILED and bool(verdict.command)


def worst(judged: Sequence[Judged]) -> Named:
    return next(named for named in ORDER if any(one.named is named for one in judged))
