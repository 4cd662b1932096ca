"""The time after an attempt in which the network recovers from what the attempt's checks did to it.

An ungraded check in this time misses routers and routes that come back by themselves. A pass that it would take back is not
written.
"""

from datetime import datetime, timedelta

from django.utils import timezone

from labs.engine.definition.spec import Lab
from labs.engine.shared import pace
from labs.engine.shared.cable import Cable
from labs.models import Job, LabSession

# The longest recovery that we know: an OSPF interface waits 40 seconds for the election of its designated router
LONGEST = timedelta(seconds=pace.seconds(45.0))
JOBS = 5  # the newest jobs of a session that are asked for an attempt


def disturbed_at(session: LabSession, lab: Lab) -> datetime | None:
    """Return when the newest attempt of a session ended, if its checks disturbed the network."""
    if not any(check.do for check in lab.checks()):
        return None
    newest = session.jobs.all()[:JOBS]
    return next((job.ended_at for job in newest if job.kind == Job.Kind.ATTEMPT and job.ended_at), None)


def may_recover(session: LabSession, disturbed: datetime | None, within: timedelta = LONGEST) -> bool:
    """Whether the network may still recover by itself from an attempt that ended at DISTURBED, less than WITHIN ago.

    Not while a cable is changed on the page: then a check that fails need not pass again by itself.
    """
    # An attempt that lies in the future ended before the clock went back
    is_recent = disturbed is not None and timedelta() <= timezone.now() - disturbed < within
    return is_recent and all(Cable(**kept).is_plain for kept in session.cables.values())
