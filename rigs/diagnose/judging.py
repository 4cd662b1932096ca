"""Decides whether what a learner reads about a failed check names the fault, names something else, or only says what was seen."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

from labs.engine.checks import Outcome
from labs.engine.diagnosis.causes import NOT_KNOWN, OBSERVED, SHOWN
from labs.engine.grading.verdicts import Verdict
from labs.engine.text import Text
from rigs.diagnose.generators.fault import Truth

JOINED = re.compile(r"%\(s\d+\)s( %\(s\d+\)s)*")
NO_ROUTE = re.compile(r"(?P<node>[\w-]+) has no route to (?:the cache |the next hop )?(?P<to>[0-9a-f:.]+)")
# Sentences of the diagnosis that tell what follows from a cause, and not a cause. They are effects if they are true.
EFFECTS = re.compile(r"No router here originates|No router sends router advertisements|it has no route to the next hop")

# Which way packets took is something seen
PATH = re.compile(r"Packets for \S+ pass |With all links up, packets for \S+ pass ")


class Named(StrEnum):
    """What came of a fault. If several checks fail, the worst counts: wrong, then right, effect, honest."""

    RIGHT = "R"
    HONEST = "H"  # no name: only what was seen, or the general sentence of the check
    EFFECT = "E"
    WRONG = "W"


ORDER = (Named.WRONG, Named.RIGHT, Named.EFFECT, Named.HONEST)


@dataclass(frozen=True, slots=True)
class Judged:
    """How one failed check was explained."""

    check: str
    named: Named
    text: str
    general: bool = False  # the sentence was the author's or the check's, and did not fit the fault


type IsTrue = Callable[[str, str], bool]  # whether this node has no route to this address


def sentences(text: Text) -> Iterator[Text]:
    """Yield the sentences of a cause, without the command that shows it."""
    if JOINED.fullmatch(text.msgid):
        for one in text.params.values():
            if isinstance(one, Text):
                yield from sentences(one)
    elif text.msgid != SHOWN:
        yield text


def names(told: Text | None, general: Text | None) -> list[str]:
    """Return the sentences by which the diagnosis names a cause.

    ``general`` is what the check or its author says without a diagnosis. This is no name, and what was only seen is none either.
    """
    known = {one.msgid for one in sentences(general)} if general else set()
    said = [one for one in before_the_observed(told) if one.msgid not in known]
    return [str(one) for one in said if not PATH.match(str(one))]


def before_the_observed(told: Text | None) -> list[Text]:
    return list(takewhile(lambda one: one.msgid not in (NOT_KNOWN, OBSERVED), sentences(told))) if told else []


def judge(verdict: Verdict, general: Text | None, truths: Sequence[Truth], lacks_route: IsTrue) -> Judged:
    """Judge what the learner reads about a failed check. GENERAL is the cause that it had before the diagnosis."""
    check, said = verdict.check, str(verdict.cause or "")
    by_name = names(verdict.cause, general)
    wrong = [text for text in by_name if not any(truth.is_named_by(text) for truth in truths)]
    if len(wrong) < len(by_name):
        return Judged(check, Named.RIGHT, said)
    if by_name:
        effects = all(_is_effect(text, truths, lacks_route) for text in wrong)
        return Judged(check, Named.EFFECT if effects else Named.WRONG, said)
    # The author's sentence, or what the check itself has seen on the node of the fault
    own = f"{verdict.node}: {verdict.seen} ({verdict.expected})"
    at_fault = any(verdict.node in truth.nodes and truth.is_named_by(own) for truth in truths)
    by_author = " ".join(map(str, before_the_observed(verdict.cause)))
    if at_fault or any(truth.is_named_by(by_author) for truth in truths):
        return Judged(check, Named.RIGHT, f"{said} [{verdict.seen}]")
    return Judged(check, Named.HONEST, said, general=bool(by_author))


def _is_effect(text: str, truths: Sequence[Truth], lacks_route: IsTrue) -> bool:
    if found := NO_ROUTE.search(text):
        return lacks_route(found["node"], found["to"].rstrip("."))
    return bool(EFFECTS.search(text)) and any(truth.has_object(text) or truth.has_node(text) for truth in truths)


def has_failed(verdict: Verdict) -> bool:
    """Whether the check was judged and failed; if its control failed, it was not judged."""
    return verdict.outcome is Outcome.FAILED and bool(verdict.command)


def worst(judged: Sequence[Judged]) -> Named:
    return next(named for named in ORDER if any(one.named is named for one in judged))
