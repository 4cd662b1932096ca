"""The end of a workshop's day, and the morning after."""

from zoneinfo import ZoneInfo

from django.utils import timezone

from labs.models import SAVED_AND_STOPPED, SessionEvent, State
from tests.vaka.workshops.conftest import sits, works


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
