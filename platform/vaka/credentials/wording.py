"""What was checked, in sentences: the same on the page and on paper. Help and supervision are said plainly."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaka.credentials.certificate import Facts


def lines(facts: Facts) -> list[str]:
    """Return what was checked, in sentences; help and supervision said plainly."""
    said = []
    if facts.stages:
        words = {"labs": facts.labs, "stages": len(facts.stages), "passed": facts.passed, "checks": facts.checks}
        text = _(
            "Graded on a live network. Labs: %(labs)s. Stages: %(stages)s. Checks passed: %(passed)s of %(checks)s."
        )
        said.append(text % words)
        said.append(", ".join(first.lab_title for first, _stages in facts.by_lab()))
        said += [assistance(facts), supervision(facts)]
    return [*said, *facts.notes]


def assistance(facts: Facts) -> str:
    if not facts.assisted:
        return _("No stage was done for the learner.")
    text = ngettext(
        "%(count)s stage was done for the learner; it gave no points.",
        "%(count)s stages were done for the learner; they gave no points.",
        facts.assisted,
    )
    return text % {"count": facts.assisted}


def supervision(facts: Facts) -> str:
    if not facts.supervised:
        return _("Self-paced: nobody supervised it.")
    words = {"count": facts.supervised, "total": len(facts.stages), "events": ", ".join(facts.events)}
    return _("Under supervision: %(count)s of %(total)s stages (%(events)s).") % words
