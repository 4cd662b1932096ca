"""The labs that an instructor reaches: their own and those of their workshops. Other learners' labs are for administrators only."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from labs.lifecycle import class_labs, end_of_day
from labs.models import ClassSeat, LabSession, State
from tests.builders import make_person, signed_in
from vaka.accounts.models import INSTRUCTORS

pytestmark = pytest.mark.django_db
PAGE = "/labs/sessions/"


@pytest.fixture
def chidi(db):
    return make_person("chidi", name="Chidi Okoye", group=INSTRUCTORS)


@pytest.fixture
def class_lab(chidi, ada, lab, engine):
    """Another instructor's class lab, in which Ada has a seat."""
    made = class_labs.begin(chidi, lab.id, {"left": ada})
    LabSession.objects.filter(pk=made.pk).update(state=State.READY)
    return made


def test_an_instructor_does_not_see_who_works_in_anothers_lab(ready, ngozi_client, olga_client):
    assert ngozi_client.get(PAGE).context["listing"].live == []
    assert "Ada Lovelace" not in ngozi_client.get(PAGE).text
    assert [row.session.pk for row in olga_client.get(PAGE).context["listing"].live] == [ready.pk]
    LabSession.objects.update(state=State.FAILED, stopped_at=timezone.now())
    assert ngozi_client.get(PAGE).context["listing"].ended == []


@pytest.mark.parametrize("what", ["staff_stop", "staff_extend", "put_first", "skip"])
def test_for_an_instructor_the_lab_of_another_learner_does_not_exist(ready, lab, ngozi_client, what):
    body = {"minutes": "30", "ends": ready.ends_at.isoformat(), "stage": lab.stages[1].id}
    assert ngozi_client.post(reverse(f"labs:{what}", args=(ready.pk,)), body).status_code == 404
    before, ends = ready.state, ready.ends_at
    ready.refresh_from_db()
    assert (ready.state, ready.ends_at, ready.priority) == (before, ends, 0)
    assert not ready.jobs.exists()
    assert not LogEntry.objects.exists()


def test_an_instructor_cannot_take_a_seat_in_anothers_class_lab(class_lab, ngozi, ngozi_client):
    seats = f"{PAGE}{class_lab.pk}/seats"
    assert ngozi_client.get(seats).status_code == 404
    assert ngozi_client.post(seats, {"name": "ngozi", "seat": "right"}).status_code == 404
    assert ngozi_client.post(f"{seats}/{ClassSeat.objects.get().pk}/remove").status_code == 404
    assert [seat.user.username for seat in ClassSeat.objects.all()] == ["ada"]
    assert not LabSession.objects.open_to(ngozi).exists()


def test_the_end_of_the_day_of_an_instructor_stops_only_their_own_labs(ready, ngozi, ngozi_client, lab, queue):
    own = LabSession.objects.create(learner=ngozi, lab=lab.id, lab_version=lab.version, state=State.READY)
    assert "Ada Lovelace" not in ngozi_client.get(f"{PAGE}end-of-day").text
    ngozi_client.post(f"{PAGE}end-of-day", {"what": "end"})
    assert LabSession.objects.get(pk=own.pk).state == State.STOPPING
    assert LabSession.objects.get(pk=ready.pk).state == State.READY


def test_an_instructor_cannot_resume_the_lab_of_another_learner(ready, ngozi_client, queue):
    end_of_day.end_day()
    LabSession.objects.update(state=State.STOPPED, stopped_at=timezone.now())
    assert "Ada Lovelace" not in ngozi_client.get(f"{PAGE}end-of-day").text
    ngozi_client.post(f"{PAGE}end-of-day", {"what": "resume"})
    assert not LabSession.objects.live().exists()


def test_an_instructor_skips_to_a_stage_only_in_labs_within_their_reach(ready, ngozi, ngozi_client, lab, queue):
    own = LabSession.objects.create(learner=ngozi, lab=lab.id, lab_version=lab.version, state=State.READY)
    page = f"/labs/{lab.id}/skip"
    assert "1 lab is running" in ngozi_client.get(page).text
    ngozi_client.post(page, {"stage": lab.stages[1].id})
    assert own.jobs.exists()
    assert not ready.jobs.exists()


def test_the_capacity_page_names_only_learners_whom_the_instructor_teaches(
    requested, ngozi_client, olga_client, settings
):
    LabSession.objects.update(admitted_at=None)
    assert "Ada Lovelace" not in ngozi_client.get("/labs/staff/capacity/").text
    assert "Ada Lovelace" in olga_client.get("/labs/staff/capacity/").text


def test_an_instructor_cannot_put_a_session_before_learners_whom_they_do_not_teach(
    ngozi, ngozi_client, olga_client, ada, lab
):
    LabSession.objects.create(learner=ada, lab=lab.id, lab_version=lab.version)
    own = LabSession.objects.create(learner=ngozi, lab=lab.id, lab_version=lab.version)
    ngozi_client.post(f"{PAGE}{own.pk}/staff/first")
    own.refresh_from_db()
    assert own.priority == 0
    [said] = ngozi_client.get(PAGE).context["messages"]
    assert "learners whom you do not teach are waiting" in str(said)
    olga_client.post(f"{PAGE}{own.pk}/staff/first")
    own.refresh_from_db()
    assert own.priority > 0


def test_a_user_who_is_no_instructor_any_more_has_no_pages_of_instructors(ngozi, ngozi_client, lab, engine):
    ngozi.groups.clear()
    made = LabSession.objects.create(learner=ngozi, lab=lab.id, lab_version=lab.version, state=State.READY)
    assert signed_in(ngozi).get(PAGE).status_code == 403
    assert signed_in(ngozi).post(f"{PAGE}{made.pk}/staff/stop").status_code == 403
