"""Mentorships exist only with the trainee's consent, and only as long as both sides want them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from labs.models import State
from tests import builders
from tests.vaka.mentoring.conftest import session_of
from tests.vaka.mentoring.visits import answer, sees
from vaka.accounts.models import User
from vaka.home.account_deletion import reason_against
from vaka.mentoring import services
from vaka.mentoring.models import Membership, Mentorship, Note
from vaka.mentoring.permissions import mentors_and_coordinators


def test_a_mentor_sees_nothing_before_ada_accepts_and_nothing_after_she_ends_the_mentorship(
    invited, grace, ada, ada_client
):
    assert not sees(grace, ada)
    assert "Grace Hopper wants to be your mentor" in ada_client.get("/").text
    assert "Your consent" in ada_client.get(reverse("mentoring:by_name", args=[invited.pk])).text
    assert "Grace Hopper is your mentor now" in answer(ada_client, invited).text
    assert sees(grace, ada)
    ada_client.post(reverse("mentoring:end_mentorship", args=[invited.pk]))
    assert not sees(grace, ada)
    assert "without access since" in ada_client.get(reverse("mentoring:my_mentors")).text


def test_the_mentor_can_end_the_mentorship_too(followed, grace, grace_client, ada):
    grace_client.post(reverse("mentoring:end_mentorship", args=[followed.pk]))
    followed.refresh_from_db()
    assert followed.ended_by == grace
    assert not sees(grace, ada)


def test_ada_can_decline_an_invitation(invited, grace, ada, ada_client):
    answer(ada_client, invited, "no")
    assert not sees(grace, ada)
    assert answer(ada_client, invited).status_code == 404, "a declined invitation cannot be accepted later"


@pytest.mark.parametrize("how", ["not a mentor any more", "off the programme", "programme over", "ended account"])
def test_a_mentor_who_loses_a_permission_sees_nothing_any_more(how, followed, programme, grace, ada, ngozi):
    assert sees(grace, ada)
    if how == "not a mentor any more":
        grace.groups.clear()
    elif how == "off the programme":
        services.remove_mentor(Membership.objects.get(mentor=grace), ngozi)
    elif how == "programme over":
        programme.ends = timezone.localdate() - timedelta(days=1)
        programme.save()
    else:
        User.objects.filter(pk=ada.pk).update(is_active=False)
    assert not sees(grace, ada)


def test_nobody_else_can_answer_ada_s_invitation(invited, linus_client, grace_client, grace, ada):
    for client in (linus_client, grace_client):
        assert answer(client, invited).status_code == 404
    assert not sees(grace, ada)


def test_accepting_twice_counts_once_and_a_second_mentorship_of_the_same_two_people_is_refused(
    followed, programme, grace, ada
):
    with pytest.raises(services.NotPossible, match="is not valid any more"):
        services.accept_invitation(Mentorship.objects.get(), ada)
    with pytest.raises(services.NotPossible, match="already have"):
        services.invite(programme, grace, grace, ada)
    linked = services.invite(programme, grace, grace)
    with pytest.raises(services.NotPossible, match="is already your mentor"):
        services.accept_invitation(linked, ada)


def test_a_transfer_needs_ada_s_consent_and_deletes_the_private_notes(
    followed, grace, grace_client, sina, ada, ada_client
):
    for reach in ("private", "shared", "programme"):
        services.write_note(followed, grace, f"A {reach} note.", Note.Reach(reach))
    assert "Sina Faleolo" in grace_client.get(reverse("mentoring:transfer", args=[followed.pk])).text
    grace_client.post(reverse("mentoring:transfer", args=[followed.pk]), {"mentor": sina.pk})
    proposed = Mentorship.objects.get(mentor=sina)
    assert (sees(grace, ada), sees(sina, ada)) == (True, False)
    assert "Grace Hopper proposes Sina Faleolo" in ada_client.get(reverse("mentoring:my_mentors")).text
    answer(ada_client, proposed)
    assert (sees(grace, ada), sees(sina, ada)) == (False, True)
    page = builders.signed_in(sina).get(reverse("mentoring:trainee", args=[ada.pk])).text
    assert "A programme note." in page
    assert "A shared note." in page
    assert "A private note." not in page
    assert not Note.objects.filter(reach="private").exists()


def test_a_trainee_who_declines_a_transfer_keeps_the_mentor(followed, grace, sina, ada, ada_client):
    answer(ada_client, services.transfer(followed, sina, grace), "no")
    assert (sees(grace, ada), sees(sina, ada)) == (True, False)


def test_ngozi_creates_a_programme_and_can_add_only_mentors_as_mentors(ngozi_client, ngozi, hedy, linus):
    fields = {"title": "Atoll", "begins": timezone.localdate().isoformat(), "language": "Gagana Sāmoa"}
    page = ngozi_client.post(reverse("mentoring:create_programme"), fields, follow=True)
    made = page.context["programme"]
    assert list(made.coordinators.all()) == [ngozi]
    add = reverse("mentoring:add_mentor", args=[made.pk])
    assert "does not have the mentor role" in ngozi_client.post(add, {"mentor": "linus"}).text
    assert "There is no account with this username" in ngozi_client.post(add, {"mentor": "nobody"}).text
    assert "Hedy Lamarr" in ngozi_client.post(add, {"mentor": "hedy"}, follow=True).text
    off = reverse("mentoring:remove_coordinator", args=[made.pk, ngozi.pk])
    assert "needs at least one coordinator" in ngozi_client.post(off, follow=True).text
    wrong = ngozi_client.post(reverse("mentoring:programme", args=[made.pk]), {**fields, "ends": "2020-01-01"})
    assert "ends before it begins" in wrong.text


def test_what_ada_reads_about_the_administrators_of_the_site_is_true(
    followed, ada, ada_client, olga_client, ngozi_client
):
    told = ada_client.get(reverse("mentoring:my_mentors")).text
    assert "The administrators of this site see your name, and which of your labs runs" in told
    assert "ended in the last 24 hours" in told
    session_of(ada, state=State.READY)
    session_of(ada, lab="first-ebgp", stopped_at=timezone.now() - timedelta(hours=23))
    session_of(ada, lab="rov-hijacker", stopped_at=timezone.now() - timedelta(hours=25))
    assert ngozi_client.get(reverse("labs:sessions")).context["listing"].live == []
    page = olga_client.get(reverse("labs:sessions"))
    assert [row.session.learner for row in page.context["listing"].live] == [ada]
    assert [row.session.lab for row in page.context["listing"].ended] == ["first-ebgp"]
    assert "Stop the lab" in page.text
    assert "Skip to a stage" in page.text


@pytest.fixture
def asked(programme, linus, ngozi_client):
    ngozi_client.post(reverse("mentoring:add_coordinator", args=[programme.pk]), {"coordinator": "linus"})
    return programme


def test_a_person_who_is_added_as_a_coordinator_is_asked_and_has_no_part_before_they_accept(
    asked, linus, linus_client, ngozi_client
):
    page = reverse("mentoring:programme", args=[asked.pk])
    assert list(asked.coordinators.filter(pk=linus.pk)) == []
    assert linus_client.get(page).status_code == 404
    assert not mentors_and_coordinators().filter(pk=linus.pk).exists()
    assert "has not accepted yet" in ngozi_client.get(page).text
    assert "Somebody has added you to the coordinators of the mentoring programme “Reef mentors”" in (
        linus_client.get("/").text
    )
    answered = linus_client.post(reverse("mentoring:accept_coordination", args=[asked.pk]), follow=True)
    assert "You coordinate Reef mentors now." in answered.text
    assert linus in asked.coordinators.all()
    assert not asked.asked_coordinators.exists()
    assert "Somebody has added you" not in linus_client.get("/").text


def test_an_open_question_to_coordinate_keeps_nobody_from_deleting_the_account(programme, asked, linus, ngozi):
    programme.coordinators.remove(ngozi)
    assert reason_against(linus) == ""


def test_a_person_who_declines_or_was_not_asked_coordinates_nothing(asked, linus, linus_client, ada_client, ada):
    accept = reverse("mentoring:accept_coordination", args=[asked.pk])
    assert ada_client.post(accept).status_code == 404
    linus_client.post(reverse("mentoring:decline_coordination", args=[asked.pk]))
    assert not asked.asked_coordinators.exists()
    assert linus_client.post(accept).status_code == 404
    assert not asked.coordinators.filter(pk__in=[linus.pk, ada.pk]).exists()


def test_a_coordinator_takes_back_what_was_asked_and_a_coordinator_is_not_asked_again(
    asked, linus, ngozi, ngozi_client
):
    ngozi_client.post(reverse("mentoring:remove_coordinator", args=[asked.pk, linus.pk]))
    assert not asked.asked_coordinators.exists()
    asked.coordinators.add(linus)
    ngozi_client.post(reverse("mentoring:add_coordinator", args=[asked.pk]), {"coordinator": "linus"})
    assert not asked.asked_coordinators.exists()


def test_an_administrator_who_adds_themselves_has_accepted(programme, olga, olga_client):
    olga_client.post(reverse("mentoring:add_coordinator", args=[programme.pk]), {"coordinator": "olga"})
    assert olga in programme.coordinators.all()
