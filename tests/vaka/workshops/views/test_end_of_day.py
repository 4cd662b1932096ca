"""The end of a workshop's day, and the morning after."""

from zoneinfo import ZoneInfo

from django.utils import timezone

from labs.models import SAVED_AND_STOPPED, SessionEvent, State
from tests.builders import signed_in
from tests.vaka.workshops.conftest import sits, works
from vaka.workshops.models import Role
from vaka.workshops.services import team


def test_the_time_at_which_a_lab_ended_is_that_of_the_workshop(workshop, item, lab, clients):
    workshop.time_zone = "Asia/Kathmandu"  # 5 hours and 45 minutes ahead of UTC
    workshop.save()
    now = timezone.now()
    session = works(sits(workshop, "Ana"), lab, state=State.STOPPED, stopped_at=now)
    SessionEvent.objects.create(
        session=session, state=State.STOPPED, note=SAVED_AND_STOPPED, at=now, generation=session.generation
    )
    page = clients["lead"].get(f"/workshops/{workshop.pk}/end-day").text
    assert f"{now.astimezone(ZoneInfo('Asia/Kathmandu')):%H:%M}</td>" in page


def test_the_day_of_a_class_lab_can_be_ended_by_a_co_instructor(workshop, shared, seated, chidi, ngozi, queue):
    team.add(workshop, chidi, Role.CO_INSTRUCTOR, ngozi)
    team.accept(workshop, chidi)
    signed_in(chidi).post(f"/workshops/{workshop.pk}/end-day", {"what": "end"})
    shared.refresh_from_db()
    assert shared.state in (State.STOPPING, State.STOPPED)


def test_the_end_of_the_day_leaves_a_class_lab_of_another_workshop(workshop, shared, clients, queue):
    workshop.agenda.all().delete()
    assert clients["lead"].get(f"/workshops/{workshop.pk}/end-day").context["to_end_count"] == 0
    clients["lead"].post(f"/workshops/{workshop.pk}/end-day", {"what": "end"})
    shared.refresh_from_db()
    assert shared.state == State.READY
