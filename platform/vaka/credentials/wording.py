"""The requirements that a certificate confirms, as sentences. The page and the PDF show the same ones."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaka.credentials.certificate_content import CertificateContent


def checked_lines(content: CertificateContent) -> list[str]:
    """Return what was checked, including assistance and supervision, as sentences."""
    found = []
    if content.stages:
        values = {
            "labs": content.labs,
            "stages": len(content.stages),
            "passed": content.passed,
            "checks": content.checks,
        }
        text = _(
            "Graded on a live network. Labs: %(labs)s. Stages: %(stages)s. Checks passed: %(passed)s of %(checks)s."
        )
        found.append(text % values)
        found.append(", ".join(first.lab_title for first, _stages in content.by_lab()))
        found += [assistance(content), supervision(content)]
    return [*found, *content.notes]


def assistance(content: CertificateContent) -> str:
    if not content.assisted:
        return _("No stage was done for the learner.")
    text = ngettext(
        "%(count)s stage was done for the learner and gave no points.",
        "%(count)s stages were done for the learner and gave no points.",
        content.assisted,
    )
    return text % {"count": content.assisted}


def supervision(content: CertificateContent) -> str:
    if not content.supervised:
        return _("Self-paced, without supervision.")
    values = {"count": content.supervised, "total": len(content.stages), "events": ", ".join(content.events)}
    return _("Under supervision: %(count)s of %(total)s stages (%(events)s).") % values
