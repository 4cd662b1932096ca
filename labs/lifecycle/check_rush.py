"""A rush of checks: more people wait for one than the hosts have cores for labs. Meanwhile what can wait does.

When a whole room checks at once, its people have just typed, so their labs have live checks to run and work to save at the same
time. Both take CPU from the checks that somebody waits for.
"""

from django.db.models import Sum

from labs.lifecycle.time_since_change import CHECKING
from labs.models import Host, Job


def is_on() -> bool:
    """Whether more people wait for a check, of whichever lab, than there are cores."""
    waiting = Job.objects.open().filter(kind__in=CHECKING).count()
    return waiting > 1 and waiting > (Host.objects.aggregate(all=Sum("cores"))["all"] or 0)
