"""Coordinators, instructors and mentors reach their own programmes, and no work of trainees without a mentorship."""

import pytest
from django.urls import reverse

from labs.models import LabSession, State
from tests import builders
from tests.vaka.mentoring.conftest import session_of
from tests.vaka.mentoring.visits import sees
from vaka.accounts.models import INSTRUCTORS, MENTORS
from vaka.mentoring import services
from vaka.mentoring.models import Mentorship, Note


@pytest.fixture
def chidi(db):
    return builders.make_person("chidi", group=INSTRUCTORS)


def test_a_coordinator_sees_the_people_and_the_notes_for_the_programme_but_no_work(
    followed, programme, grace, ada, ngozi_client
):
    services.write_note(followed, grace, "Ready for BGP.", Note.Reach.PROGRAMME)
    services.write_note(followed, grace, "Only mine.", Note.Reach.PRIVATE)
    page = ngozi_client.get(reverse("mentoring:programme", args=[programme.pk])).text
    assert "Ada Lovelace" in page
    assert "Ready for BGP." in page
    assert "Only mine." not in page
    assert ngozi_client.get(reverse("mentoring:trainee", args=[ada.pk])).status_code == 404
    services.end_mentorship(followed, ada)
    assert "Ready for BGP." not in ngozi_client.get(reverse("mentoring:programme", args=[programme.pk])).text


def test_only_coordinators_and_administrators_read_the_notes_for_a_programme(followed, programme, grace, hedy, chidi):
    services.write_note(followed, grace, "Ready for BGP.", Note.Reach.PROGRAMME)
    where = reverse("mentoring:programme", args=[programme.pk])
    admin = builders.make_person("admin", is_staff=True)
    seen = {who.username: builders.signed_in(who).get(where).text for who in (chidi, admin)}
    assert "Ada Lovelace" not in seen["chidi"]
    assert "Ready for BGP." not in seen["chidi"]
    assert "Ready for BGP." in seen["admin"]
    programme.coordinators.add(hedy)
    assert "Ready for BGP." in builders.signed_in(hedy).get(where).text


@pytest.mark.parametrize("what", ["add_mentor", "add_coordinator", "programme"])
def test_an_instructor_cannot_open_or_change_a_programme_of_other_people(programme, chidi, grace, what):
    visitor = builders.signed_in(chidi)
    said = {"mentor": "grace", "coordinator": "chidi", "title": "Mine now"}
    assert visitor.post(reverse(f"mentoring:{what}", args=[programme.pk]), said).status_code == 404
    assert programme.title not in visitor.get(reverse("mentoring:programmes")).text
    assert chidi not in programme.coordinators.all()


def test_an_instructor_cannot_end_mentorships_in_a_programme_of_other_people(followed, chidi):
    visitor = builders.signed_in(chidi)
    for what in ("end_mentorship", "transfer"):
        assert visitor.post(reverse(f"mentoring:{what}", args=[followed.pk])).status_code == 404
    membership = followed.programme.memberships.get(mentor=followed.mentor)
    for what in ("remove_mentor", "invite"):
        assert visitor.post(reverse(f"mentoring:{what}", args=[membership.pk])).status_code == 404
    followed.refresh_from_db()
    assert followed.ended_at is None


def test_a_coordinator_who_is_not_an_instructor_manages_only_their_own_programme(programme, linus, linus_client):
    where = reverse("mentoring:programme", args=[programme.pk])
    assert linus_client.get(where).status_code == 404
    assert linus_client.get(reverse("mentoring:programmes")).status_code == 404
    programme.coordinators.add(linus)
    assert linus_client.get(where).status_code == 200
    assert linus_client.get(reverse("mentoring:create_programme")).status_code == 404


def test_the_group_of_mentors_alone_gives_no_access_to_trainees(followed, hedy, ada):
    assert not sees(hedy, ada)
    assert not sees(builders.make_person("mary", group=MENTORS), ada)


def test_a_mentor_copies_only_labs_of_a_trainee_who_agreed_to_copies(followed, ada, linus, grace_client):
    """Trainees who accepted before copies existed have not agreed to them."""
    own, other = (session_of(person, state=State.READY) for person in (ada, linus))
    copy = {one: reverse("mentoring:copy_lab", args=[ada.pk, one.pk]) for one in (own, other)}
    assert grace_client.get(copy[own]).status_code == 200
    assert grace_client.get(copy[other]).status_code == 404
    Mentorship.objects.update(may_copy=False)
    assert grace_client.get(copy[own]).status_code == 404
    assert grace_client.post(copy[own]).status_code == 404
    assert not LabSession.objects.exclude(copy_of=None).exists()
