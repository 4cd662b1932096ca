"""The learner for whom the benchmark opens pages and terminals."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.test import Client
from django.utils import timezone

from courses.content import Course
from courses.models import Enrolment
from labs.engine.definition.spec import Lab
from labs.models import LabSession, State
from vaka.accounts.models import User
from vaka.ops import programs
from vaka.ops.site_client import SiteClient


def learner() -> User:
    who, _ = User.objects.get_or_create(username="bench")
    return who


def takes(course: Course) -> None:
    Enrolment.objects.get_or_create(learner=learner(), course=course.id)


def has(session: str, lab: Lab) -> None:
    """Create the row that gives a running session to the learner."""
    now = timezone.now()
    ends = now + timedelta(minutes=lab.minutes + settings.LAB_SPARE_MINUTES)
    facts = {"lab": lab.id, "lab_version": lab.version, "state": State.READY, "ready_at": now, "ends_at": ends}
    LabSession.objects.get_or_create(pk=UUID(session), defaults={"learner": learner(), **facts})


def in_process(who: User | None = None) -> Client:
    """Return a signed-in test client, which runs the site's code in this process."""
    here = Client(headers={"host": f"localhost:{settings.PORT}"})
    here.force_login(who or learner(), settings.AUTHENTICATION_BACKENDS[0])
    return here


def site_client(who: User | None = None) -> SiteClient:
    """Return a signed-in client that uses the site over the network."""
    client = SiteClient(programs.address())
    client.http.headers["Accept-Encoding"] = "gzip"  # over plain HTTP browsers offer nothing else
    key = in_process(who).cookies[settings.SESSION_COOKIE_NAME].value
    client.http.cookies.set(settings.SESSION_COOKIE_NAME, key)
    return client
