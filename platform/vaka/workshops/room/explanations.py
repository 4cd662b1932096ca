"""Failed verdicts, grouped by their explanation."""

from collections import Counter
from collections.abc import Iterator, Sequence

from labs.models.verdict_fields import VerdictFields
from labs.translations import translated


def shared(failed: Sequence[VerdictFields]) -> tuple[int, str]:
    """Return (count, explanation) of the words that most verdicts have in common, to the letter. A cause can quote what one
    learner typed; such words do not stand for other learners.
    """
    [(explanation, count)] = Counter(translated(row.cause or row.seen) for row in failed).most_common(1)
    return count, explanation


def grouped(failed: Sequence[VerdictFields]) -> Iterator[tuple[int, str]]:
    """Yield (count, explanation), the most frequent first.

    Verdicts with the same message belong together, whatever its parameters; the first one is shown as the example.
    """
    explanations = [row.cause or row.seen for row in failed]
    counts = Counter(str(text.get("msgid", "")) for text in explanations)
    for msgid, count in counts.most_common():
        yield count, translated(next(text for text in explanations if str(text.get("msgid", "")) == msgid))
