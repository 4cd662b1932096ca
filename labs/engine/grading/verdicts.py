"""The verdict on one check, and the score of several verdicts."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from labs.engine.checks import MATCHES, Finding, Outcome
from labs.engine.definition.spec import Check
from labs.engine.translatable_text import Text, clean

MOST_EVIDENCE = 8 * 1024  # bytes as JSON
DEEPEST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    check: str
    stage: str
    outcome: Outcome
    points: int
    out_of: int
    expected: Text
    seen: Text
    node: str
    command: str
    cause: Text | None
    read_more: tuple[str, ...]
    evidence: Mapping[str, Any]  # at most 8 KB as JSON
    seconds: float
    further: bool = False  # the cause comes from a diagnosis


@dataclass(frozen=True, slots=True)
class Score:
    """The points of several verdicts. Points of unknown checks are counted apart: they are neither lost nor earned."""

    points: int
    out_of: int
    unknown: int


def score(verdicts: Iterable[Verdict]) -> Score:
    points = out_of = unknown = 0
    for verdict in verdicts:
        points += verdict.points
        out_of += verdict.out_of
        unknown += verdict.out_of if verdict.outcome is Outcome.UNKNOWN else 0
    return Score(points, out_of, unknown)


def verdict(check: Check, stage: str, finding: Finding, seconds: float) -> Verdict:
    # Without a command its control has failed, and the check was not judged
    failed = finding.outcome is Outcome.FAILED and bool(finding.command)
    return Verdict(
        check=check.id,
        stage=stage,
        outcome=finding.outcome,
        points=_points(check, finding),
        out_of=check.points,
        # A regular expression is for programs: the author has said in words what is expected
        expected=Text.authored(check.title) if finding.expected.says(MATCHES) else finding.expected,
        seen=finding.seen,
        node=finding.node,
        command=finding.command,
        cause=Text.authored(check.cause) if failed and check.cause else finding.cause,
        read_more=check.read_more,
        evidence=bounded(finding.evidence),
        seconds=round(seconds, 3),
    )


def _points(check: Check, finding: Finding) -> int:
    """All points or none. A partial check gives its share, rounded down, and never all points unless it passes."""
    if finding.outcome is Outcome.PASSED:
        return check.points
    return min(int(check.points * finding.share), check.points - 1) if failed_in_part(check, finding) else 0


def failed_in_part(check: Check, finding: Finding) -> bool:
    return check.partial and finding.outcome is Outcome.FAILED and finding.share > 0


def bounded(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Makes evidence safe for the database: plain JSON without control characters, at most 8 KB."""
    plain = _plain(evidence, 0)
    written = json.dumps(plain)
    if len(written) <= MOST_EVIDENCE:
        return dict(plain)
    return {"cut": True, "beginning": written[: MOST_EVIDENCE // 2]}


def _plain(value: object, depth: int) -> Any:
    if depth > DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return {clean(key, 80): _plain(item, depth + 1) for key, item in list(value.items())[:200]}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value[:200]]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float) and abs(value) < 1 << 63:
        return value
    return clean(value, 2000)
