"""A rush of checks: more people wait for one than the hosts have cores for labs. Meanwhile what can wait does.

A check of a solved lab takes about two seconds of CPU on all sides. The rooms in which thirty people check at once are full of
live checks and saves too, because the same people have just typed.
"""

from django.db.models import Sum

from labs.lifecycle.time_since_change import CHECKING
from labs.models import Host, Job


def is_on() -> bool:
    """Whether more people wait for a check, of whichever lab, than there are cores."""
    waiting = Job.objects.open().filter(kind__in=CHECKING).count()
    return waiting > 1 and waiting > (Host.objects.aggregate(all=Sum("cores"))["all"] or 0)
