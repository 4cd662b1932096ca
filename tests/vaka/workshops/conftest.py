"""A workshop: ngozi leads it, hedy helps, and chidi is an instructor of another one."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.builders import make_person, signed_in
from tests.labs.conftest import (  # noqa: F401  # a broker, a fake engine and little labs
    broker,
    broker_url,
    catalog,
    engine,
    lab,
    no_broker_by_chance,
    other_lab,
    queue,
    use_engine,
)
from vaka.accounts.models import INSTRUCTORS
from vaka.workshops import planning
from vaka.workshops.models import AgendaItem, Role, Workshop, WorkshopStaff


@pytest.fixture
def hedy(db):
    return make_person("hedy", name="Hedy Lamarr")


@pytest.fixture
def chidi(db):
    return make_person("chidi", name="Chidi Okoye", group=INSTRUCTORS)


@pytest.fixture
def workshop(ngozi, hedy, lab):  # noqa: F811
    today = timezone.now().date()
    facts = {"first_day": today, "last_day": today + timedelta(days=2), "seats": 5}
    made = planning.make(Workshop(title="Moana NOG 6", place="Apia", **facts), ngozi)
    WorkshopStaff.objects.create(workshop=made, user=hedy, role=Role.HELPER)
    return made


@pytest.fixture
def item(workshop, lab):  # noqa: F811
    return session_of(workshop, labs=[lab.id], opened_at=timezone.now())


@pytest.fixture
def other(chidi):
    today = timezone.now().date()
    return planning.make(Workshop(title="Savanna NOG", first_day=today, last_day=today), chidi)


def session_of(workshop, title="First light", **facts):
    """A session of the workshop that has begun an hour ago."""
    begins = timezone.now() - timedelta(hours=1)
    times = {"from_at": begins, "to_at": begins + timedelta(hours=3)}
    return AgendaItem.objects.create(workshop=workshop, title=title, **times | facts)


@pytest.fixture
def clients(ngozi, hedy, chidi, linus, workshop, other):
    return {
        name: signed_in(one)
        for name, one in zip(("lead", "helper", "other", "stranger"), (ngozi, hedy, chidi, linus), strict=True)
    }
