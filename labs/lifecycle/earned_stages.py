"""Stages that a learner has passed by themselves, in an attempt: a skip that does them again for the learner takes nothing away."""

from labs.engine.definition.spec import Lab
from labs.lifecycle import shown_stages
from labs.models import CheckStatus, LabSession


def of(session: LabSession, lab: Lab) -> frozenset[str]:
    """Return the ids of the stages whose checks have all passed in attempts since the last reset of all nodes.

    None in a class lab, whose seats have attempts of their own. The site has neither done nor shown these stages.
    """
    if session.is_class:
        return frozenset()
    rows = CheckStatus.objects.filter(session=session, passed_in_attempt_at__isnull=False)
    passed = set(rows.values_list("check_id", flat=True))
    own = (stage for stage in lab.stages if stage.id not in session.assisted)
    earned = frozenset(stage.id for stage in own if all(check.id in passed for check in stage.checks))
    return earned - shown_stages.of(session)
