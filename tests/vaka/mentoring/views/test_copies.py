"""Grace, who mentors Ada, opens a copy of Ada's lab, if Ada has agreed to that."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labs.lifecycle import deadlines_and_idle_labs
from labs.models import LabSession, State, TroubleTicket
from tests.vaka.mentoring.conftest import session_of
from vaka.mentoring.models import Membership, Mentorship, Programme
from vaka.mentoring.services import end_mentorship

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(ada):
    return session_of(ada, state=State.READY)


def page(session):
    return f"/mentoring/trainees/{session.learner_id}/sessions/{session.pk}/copy"


def test_a_mentor_opens_a_copy_of_a_trainees_lab(followed, running, grace, grace_client):
    assert page(running) in grace_client.get(f"/mentoring/trainees/{running.learner_id}/").text
    assert grace_client.get(page(running)).status_code == 200
    grace_client.post(page(running))
    assert LabSession.objects.get(learner=grace).copy_of == running


def test_a_mentor_is_offered_no_copy_if_the_trainee_accepted_before_copies_existed(followed, running, grace_client):
    Mentorship.objects.update(may_copy=False)
    assert page(running) not in grace_client.get(f"/mentoring/trainees/{running.learner_id}/").text


def test_a_copy_that_a_trainee_opened_is_not_their_work(followed, running, ada, grace_client, linus):
    other = session_of(linus)
    LabSession.objects.filter(pk=running.pk).update(learner=ada, copy_of=other)
    shown = grace_client.get(f"/mentoring/trainees/{ada.pk}/").text
    assert 'class="here">Now' not in shown
    assert page(running) not in shown
    assert grace_client.get(page(running)).status_code == 404


def test_a_copy_ends_with_the_mentorship_that_allowed_it(followed, running, ada, grace, grace_client):
    grace_client.post(page(running))
    copied = LabSession.objects.get(learner=grace)
    assert copied.is_live
    end_mentorship(Mentorship.objects.get(mentor=grace, trainee=ada), ada)
    copied.refresh_from_db()
    assert copied.state != State.READY
    assert not LabSession.objects.live().filter(learner=grace).exclude(state=State.STOPPING).exists()


def loses_the_group(mentor):
    mentor.groups.clear()


def leaves_the_programme(mentor):
    Membership.objects.update(ended_at=timezone.now())


def programme_is_over(mentor):
    Programme.objects.update(ends=timezone.localdate() - timedelta(days=1))


def consent_ends(mentor):
    Mentorship.objects.update(may_copy=False)


@pytest.mark.parametrize("ends", [loses_the_group, leaves_the_programme, programme_is_over, consent_ends])
def test_a_copy_ends_when_the_mentor_may_not_open_it_any_more(followed, running, grace, grace_client, ends):
    grace_client.post(page(running))
    assert deadlines_and_idle_labs.expire() == []
    ends(grace)
    assert grace_client.get(page(running)).status_code in (403, 404)
    copied = LabSession.objects.get(learner=grace)
    assert [pk for pk, _reason in deadlines_and_idle_labs.expire()] == [copied.pk]


def test_a_mentor_is_offered_only_what_can_be_copied(followed, running, ada, grace_client):
    """A class lab without seats, and a trouble ticket that is being prepared, would lead nowhere."""
    trainee = f"/mentoring/trainees/{ada.pk}/"
    assert page(running) in grace_client.get(trainee).text
    LabSession.objects.update(is_class=True)
    assert page(running) not in grace_client.get(trainee).text
    LabSession.objects.update(is_class=False)
    TroubleTicket.objects.create(session=running, seed=1)
    assert page(running) not in grace_client.get(trainee).text
