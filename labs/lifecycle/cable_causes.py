"""The cables that are changed on the lab page, as causes of failed checks.

The diagnosis can name an interface that is down, with the command that brings it up. If the cable of that interface is unplugged
on the page, the cause is the cable, because plugging it in there is the remedy. The rows of the site say which cables are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from labs.engine.definition.spec import Lab, Link
from labs.engine.diagnosis.causes import CAUSES
from labs.engine.grading.grading import Verdict
from labs.engine.translatable_text import Text, gettext_noop
from labs.models import CheckStatus, LabSession
from labs.registry import versions

UNPLUGGED = gettext_noop(
    "The cable %(cable)s is unplugged on the page of the lab. Plug it in again there, under “Cables”."
)
WORSE = CAUSES["cable-worse"]
OF_OTHERS = gettext_noop(
    "The cable %(cable)s is unplugged on the page of the lab. It is not yours: ask the person at one of its ends to plug it in."
)


def unplugged(session: LabSession | None, lab: Lab) -> list[Link]:
    """Return the links whose cable is unplugged on the page."""
    kept = session.cables if session else {}
    return [link for link in lab.links if not kept.get(str(link.a), {}).get("up", True)]


def sentences(found: Sequence[Link], msgid: str = UNPLUGGED) -> dict[str, Text]:
    """Return the cause that each of these links is, by the interfaces at its ends."""
    return {str(end): Text(msgid, cable=f"{link.a} – {link.b}", end=end) for link in found for end in link.ends}


def end_of(cause: Text) -> str:
    """Return the first interface that the cause names; empty if it names none."""
    return next((str(one.params["end"]) for one in cause.sentences() if "end" in one.params), "")


def as_causes(session: LabSession, verdicts: Sequence[Verdict]) -> Sequence[Verdict]:
    """Return the verdicts; one whose cause is an interface of an unplugged cable has the cable as its cause."""
    if not any(verdict.cause and end_of(verdict.cause) for verdict in verdicts):
        return verdicts
    session.refresh_from_db(fields=["cables"])  # the checks may have taken a minute
    if not session.cables:
        return verdicts
    causes = sentences(unplugged(session, versions.of(session)))
    return [_with_cable(verdict, causes) for verdict in verdicts]


def _with_cable(verdict: Verdict, causes: Mapping[str, Text]) -> Verdict:
    found = causes.get(end_of(verdict.cause)) if verdict.cause else None
    return replace(verdict, cause=found) if found else verdict


def forget_causes(session: LabSession) -> None:
    """Forget the causes that name a changed cable, after one was changed. The next live check searches for the cause again."""
    told = [(row.pk, Text.from_json(row.cause)) for row in CheckStatus.objects.filter(session=session) if row.cause]
    old = [pk for pk, cause in told if cause.says(UNPLUGGED) or cause.says(WORSE)]
    CheckStatus.objects.filter(pk__in=old).update(cause=None, cause_at=None, is_cause_found=False)
