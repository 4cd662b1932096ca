"""Who becomes whose mentor: only with consent, and only as long as both sides want it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from labs.models import State
from tests import builders
from tests.vaka.mentoring.conftest import session_of
from vaka.accounts.models import INSTRUCTORS, MENTORS, User
from vaka.mentoring import services
from vaka.mentoring.models import Membership, Mentorship, Note


def sees(mentor, trainee):
    """Whether the mentor gets any page about the trainee, and whether his hour names him."""
    client = builders.signed_in(User.objects.get(pk=mentor.pk))
    page = client.get(reverse("mentoring:trainee", args=[trainee.pk]))
    hour = client.get(reverse("mentoring:hour"))
    if hour.status_code == 200:
        named = reverse("mentoring:trainee", args=[trainee.pk]) in hour.text
        assert named is (page.status_code == 200)
    return page.status_code == 200


def answer(client, invitation, words="yes"):
    where = reverse("mentoring:by_name", args=[invitation.pk])
    return client.post(where, {"answer": words}, follow=True)


def test_nothing_is_seen_before_ada_says_yes_and_nothing_after_she_leaves(invited, grace, ada, ada_client):
    assert not sees(grace, ada)
    assert "Grace Hopper wants to be your mentor" in ada_client.get("/").text
    assert "What you agree to" in ada_client.get(reverse("mentoring:by_name", args=[invited.pk])).text
    assert "Grace Hopper is your mentor now" in answer(ada_client, invited).text
    assert sees(grace, ada)
    ada_client.post(reverse("mentoring:leave", args=[invited.pk]))
    assert not sees(grace, ada)
    assert "sees nothing since" in ada_client.get(reverse("mentoring:mine")).text


def test_a_mentor_may_end_it_too_and_then_sees_nothing(followed, grace, grace_client, ada):
    grace_client.post(reverse("mentoring:leave", args=[followed.pk]))
    followed.refresh_from_db()
    assert followed.ended_by == grace
    assert not sees(grace, ada)


def test_ada_may_say_no(invited, grace, ada, ada_client):
    answer(ada_client, invited, "no")
    assert not sees(grace, ada)
    assert answer(ada_client, invited).status_code == 404, "no cannot become yes later"


@pytest.mark.parametrize("how", ["not a mentor any more", "off the programme", "programme over", "ended account"])
def test_a_right_that_ends_takes_the_sight_with_it(how, followed, programme, grace, ada, ngozi):
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


def test_a_link_lets_one_person_in_once(programme, grace, grace_client, ada, ada_client, linus_client, client):
    membership = Membership.objects.get(mentor=grace)
    page = grace_client.post(reverse("mentoring:invite", args=[membership.pk]), {"trainee": ""}, follow=True).text
    made = Mentorship.objects.get()
    link = reverse("mentoring:by_link", args=[made.key])
    assert link in page
    assert client.get(link).status_code == 302, "who has not signed in does so first"
    linus_client.post(link, {"answer": "no"})
    assert ada_client.post(link, {"answer": "yes"}, follow=True).status_code == 200
    assert sees(grace, ada)
    assert linus_client.post(link, {"answer": "yes"}).status_code == 404
    assert linus_client.get(reverse("mentoring:by_link", args=["x"])).status_code == 404


def test_an_old_invitation_is_over(invited, ada_client, grace, ada):
    Mentorship.objects.update(invited_at=timezone.now() - timedelta(days=31))
    assert answer(ada_client, invited).status_code == 404
    assert not sees(grace, ada)


def test_nobody_answers_for_ada(invited, linus_client, grace_client, grace, ada):
    for client in (linus_client, grace_client):
        assert answer(client, invited).status_code == 404
    assert not sees(grace, ada)


def test_two_presses_of_yes_are_one_and_a_second_mentorship_of_the_same_two_is_refused(followed, programme, grace, ada):
    with pytest.raises(services.NotSo, match="is over"):
        services.consent(Mentorship.objects.get(), ada)
    with pytest.raises(services.NotSo, match="already"):
        services.invite(programme, grace, grace, ada)
    linked = services.invite(programme, grace, grace)
    with pytest.raises(services.NotSo, match="have this mentor already"):
        services.consent(linked, ada)


def test_ada_is_handed_over_with_her_consent_and_private_notes_do_not_go_along(
    followed, grace, grace_client, sina, ada, ada_client
):
    for reach in ("private", "shared", "programme"):
        services.write(followed, grace, f"A {reach} note.", Note.Reach(reach))
    assert "Sina Faleolo" in grace_client.get(reverse("mentoring:hand_over", args=[followed.pk])).text
    grace_client.post(reverse("mentoring:hand_over", args=[followed.pk]), {"mentor": sina.pk})
    proposed = Mentorship.objects.get(mentor=sina)
    assert (sees(grace, ada), sees(sina, ada)) == (True, False)
    assert "Grace Hopper proposes Sina Faleolo" in ada_client.get(reverse("mentoring:mine")).text
    answer(ada_client, proposed)
    assert (sees(grace, ada), sees(sina, ada)) == (False, True)
    page = builders.signed_in(sina).get(reverse("mentoring:trainee", args=[ada.pk])).text
    assert "A programme note." in page
    assert "A shared note." in page
    assert "A private note." not in page
    assert not Note.objects.filter(reach="private").exists()


def test_who_refuses_a_hand_over_keeps_the_mentor(followed, grace, sina, ada, ada_client):
    answer(ada_client, services.hand_over(followed, sina, grace), "no")
    assert (sees(grace, ada), sees(sina, ada)) == (True, False)


def test_ngozi_makes_a_programme_and_adds_a_mentor_but_no_trainee_as_one(ngozi_client, ngozi, hedy, linus):
    fields = {"title": "Atoll", "begins": timezone.localdate().isoformat(), "language": "Gagana Sāmoa"}
    page = ngozi_client.post(reverse("mentoring:make_programme"), fields, follow=True)
    made = page.context["programme"]
    assert list(made.coordinators.all()) == [ngozi]
    add = reverse("mentoring:add_mentor", args=[made.pk])
    assert "is no mentor on this site" in ngozi_client.post(add, {"mentor": "linus"}).text
    assert "Nobody here has this username" in ngozi_client.post(add, {"mentor": "nobody"}).text
    assert "Hedy Lamarr" in ngozi_client.post(add, {"mentor": "hedy"}, follow=True).text
    off = reverse("mentoring:remove_coordinator", args=[made.pk, ngozi.pk])
    assert "keeps one coordinator" in ngozi_client.post(off, follow=True).text
    wrong = ngozi_client.post(reverse("mentoring:programme", args=[made.pk]), {**fields, "ends": "2020-01-01"})
    assert "ends before it begins" in wrong.text


def test_who_runs_a_programme_sees_its_people_and_notes_for_it_but_no_work(
    followed, programme, grace, ada, ngozi_client
):
    services.write(followed, grace, "Ready for BGP.", Note.Reach.PROGRAMME)
    services.write(followed, grace, "Only mine.", Note.Reach.PRIVATE)
    page = ngozi_client.get(reverse("mentoring:programme", args=[programme.pk])).text
    assert "Ada Lovelace" in page
    assert "Ready for BGP." in page
    assert "Only mine." not in page
    assert ngozi_client.get(reverse("mentoring:trainee", args=[ada.pk])).status_code == 404
    services.end(followed, ada)
    assert "Ready for BGP." not in ngozi_client.get(reverse("mentoring:programme", args=[programme.pk])).text


def test_notes_for_the_programme_are_for_its_coordinators_and_no_other_instructor(
    followed, programme, grace, hedy, chidi
):
    services.write(followed, grace, "Ready for BGP.", Note.Reach.PROGRAMME)
    where = reverse("mentoring:programme", args=[programme.pk])
    admin = builders.make_person("admin", is_staff=True)
    seen = {who.username: builders.signed_in(who).get(where).text for who in (chidi, admin)}
    assert "Ada Lovelace" not in seen["chidi"]
    assert "Ready for BGP." not in seen["chidi"]
    assert "Ready for BGP." in seen["admin"]
    programme.coordinators.add(hedy)
    assert "Ready for BGP." in builders.signed_in(hedy).get(where).text


def test_ada_reads_what_the_administrators_see_of_her_labs_and_it_is_so(
    followed, ada, ada_client, olga_client, ngozi_client
):
    told = ada_client.get(reverse("mentoring:mine")).text
    assert "The administrators of this site see your name and which lab of yours runs" in told
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


@pytest.mark.parametrize("what", ["add_mentor", "add_coordinator", "programme"])
def test_to_an_instructor_a_programme_of_others_does_not_exist(programme, chidi, grace, what):
    visitor = builders.signed_in(chidi)
    said = {"mentor": "grace", "coordinator": "chidi", "title": "Mine now"}
    assert visitor.post(reverse(f"mentoring:{what}", args=[programme.pk]), said).status_code == 404
    assert programme.title not in visitor.get(reverse("mentoring:programmes")).text
    assert chidi not in programme.coordinators.all()


def test_an_instructor_ends_no_mentorship_of_a_programme_of_others(followed, chidi):
    visitor = builders.signed_in(chidi)
    for what in ("leave", "hand_over"):
        assert visitor.post(reverse(f"mentoring:{what}", args=[followed.pk])).status_code == 404
    membership = followed.programme.memberships.get(mentor=followed.mentor)
    for what in ("remove_mentor", "invite"):
        assert visitor.post(reverse(f"mentoring:{what}", args=[membership.pk])).status_code == 404
    followed.refresh_from_db()
    assert followed.ended_at is None


@pytest.fixture
def chidi(db):
    return builders.make_person("chidi", group=INSTRUCTORS)


def test_a_coordinator_who_is_no_instructor_runs_his_own_programme_only(programme, linus, linus_client):
    where = reverse("mentoring:programme", args=[programme.pk])
    assert linus_client.get(where).status_code == 404
    assert linus_client.get(reverse("mentoring:programmes")).status_code == 404
    programme.coordinators.add(linus)
    assert linus_client.get(where).status_code == 200
    assert linus_client.get(reverse("mentoring:make_programme")).status_code == 404


def test_a_mentor_s_group_alone_gives_no_sight(followed, hedy, ada):
    assert not sees(hedy, ada)
    assert not sees(builders.make_person("mary", group=MENTORS), ada)
