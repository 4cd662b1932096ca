"""Password reset links that administrators and instructors create and hand over."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from tests.builders import PASSWORD, make_person, signed_in
from vaka.accounts import password_links
from vaka.accounts.models import INSTRUCTORS, MENTORS, User
from vaka.mentoring import services as mentoring
from vaka.mentoring.models import Programme
from vaka.workshops.models import Role, Workshop
from vaka.workshops.services import joining, team, workshop_changes

NEW = "the tide comes twice a day"


def link_from(answer) -> str:
    return re.search(r"<textarea[^>]*>http://testserver(/accounts/password/reset/key/[^<]+)<", answer.content.decode())[
        1
    ]


def make_link(client: Client, person) -> str:
    answer = client.post(f"/people/{person.pk}/link/")
    assert answer.status_code == 200
    return link_from(answer)


def open_link(link: str, password: str = NEW):
    """Open a link in a new browser and choose a password."""
    browser = Client()
    page = browser.get(link, follow=True)
    form = {"password1": password, "password2": password}
    return browser.post(page.redirect_chain[-1][0], form, follow=True) if page.redirect_chain else page


def can_sign_in(name: str, password: str) -> bool:
    browser = Client()
    browser.post("/accounts/login/", {"login": name, "password": password})
    return "_auth_user_id" in browser.session


def test_olga_creates_a_link_for_ada_who_chooses_a_new_password(olga_client, ada, linus):
    page = olga_client.get("/people/", {"q": "lovelace"}).content.decode()
    assert f"/people/{ada.pk}/link/" in page
    assert f"/people/{linus.pk}/link/" not in page
    assert "Your password was changed" in open_link(make_link(olga_client, ada)).content.decode()
    assert can_sign_in("ada", NEW)
    assert not can_sign_in("ada", PASSWORD)


def test_a_link_is_shown_once_and_not_cached(olga_client, ada):
    answer = olga_client.post(f"/people/{ada.pk}/link/")
    assert "no-store" in answer["Cache-Control"]
    assert 'role="img" aria-label="QR code of the link"' in answer.content.decode()
    assert olga_client.get(f"/people/{ada.pk}/link/").status_code == 405


def test_a_link_works_once(olga_client, ada):
    link = make_link(olga_client, ada)
    open_link(link)
    again = open_link(link, "another one entirely")
    assert "This link is not valid any more" in again.content.decode()
    assert can_sign_in("ada", NEW)


def test_a_link_ends_after_one_hour(olga_client, ada, monkeypatch):
    link = make_link(olga_client, ada)
    real = EmailAwarePasswordResetTokenGenerator._now
    monkeypatch.setattr(EmailAwarePasswordResetTokenGenerator, "_now", lambda self: real(self) + timedelta(minutes=59))
    assert "Choose a new password" in Client().get(link, follow=True).content.decode()
    monkeypatch.setattr(EmailAwarePasswordResetTokenGenerator, "_now", lambda self: real(self) + timedelta(minutes=61))
    assert "This link is not valid any more" in open_link(link).content.decode()
    assert can_sign_in("ada", PASSWORD)


def test_a_link_knows_when_it_ends(olga, ada):
    link = password_links.create_link(olga, ada)
    assert timedelta(minutes=59) < link.ends - timezone.now() <= timedelta(hours=1)


def test_the_log_says_who_created_a_link_for_whom_but_not_the_link(olga_client, olga, ada):
    link = make_link(olga_client, ada)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (olga, str(ada.pk))
    assert "password reset link" in entry.change_message
    assert link not in str(entry.__dict__)


@pytest.mark.parametrize("who", ["ada_client", "grace_client", "linus_client"])
def test_learners_and_mentors_can_neither_open_the_page_nor_create_a_link(who, request, ngozi):
    client = request.getfixturevalue(who)
    assert client.get("/people/").status_code == 403
    assert client.post(f"/people/{ngozi.pk}/link/").status_code == 403
    assert client.post("/people/999999/link/").status_code == 403
    assert "/people/" not in client.get("/courses/").content.decode()
    assert not LogEntry.objects.exists()


def test_a_visitor_has_to_sign_in(client, ada):
    assert client.post(f"/people/{ada.pk}/link/")["location"].startswith("/accounts/login/")


def test_administrators_can_reset_instructors_but_not_superusers(olga, ngozi):
    administrator = make_person("mereana", is_staff=True)
    assert password_links.may_reset(administrator, ngozi)
    assert not password_links.may_reset(administrator, olga)
    assert password_links.may_reset(olga, olga)


def test_a_closed_account_gets_no_link(olga_client, ada):
    ada.is_active = False
    ada.save()
    assert olga_client.post(f"/people/{ada.pk}/link/").status_code == 404
    assert "Nobody has" in olga_client.get("/people/", {"q": "ada"}).content.decode()


def test_a_new_password_ends_the_sessions_of_the_old_one(olga_client, ada):
    elsewhere = signed_in(ada)
    open_link(make_link(olga_client, ada))
    assert "_auth_user_id" in elsewhere.session
    assert elsewhere.get("/labs/").status_code == 302


def test_a_password_reset_also_resets_the_counter_of_wrong_passwords(olga_client, ada, waits):
    for _ in range(11):
        assert not can_sign_in("ada", "not this")
    assert waits[-1] > 0, "delayed"
    open_link(make_link(olga_client, ada))
    waits.clear()
    assert can_sign_in("ada", NEW)
    assert waits == [0]


def test_the_list_of_people_needs_few_queries(olga_client, django_assert_max_num_queries, db):
    for number in range(25):
        make_person(f"seat{number}")
    with django_assert_max_num_queries(8):
        olga_client.get("/people/")


def test_on_a_local_network_the_link_has_the_address_of_that_network(olga_client, ada, settings):
    settings.LAN_URL = "http://192.0.2.7:8000"
    assert ">http://192.0.2.7:8000/accounts/" in olga_client.post(f"/people/{ada.pk}/link/").content.decode()


# Whose password an instructor may reset, and who is told


@pytest.fixture
def workshop(ngozi):
    today = timezone.now().date()
    return workshop_changes.make(Workshop(title="Moana NOG 6", first_day=today, last_day=today), ngozi)


@pytest.fixture
def seated(workshop, ada):
    """Ada, in a workshop of Ngozi's."""
    joining.take_seat(workshop, "Ada", user=ada)
    return ada


def is_refused(client, person):
    """Return whether the client gets no link, and the page does not even name the person."""
    page = client.get("/people/", {"q": person.username}).text
    return client.post(f"/people/{person.pk}/link/").status_code == 404 and f"/people/{person.pk}/" not in page


def test_an_instructor_does_not_see_trainees_of_other_instructors(ngozi_client, ada, linus):
    assert is_refused(ngozi_client, ada)
    assert "Ada Lovelace" not in ngozi_client.get("/people/").text
    assert not LogEntry.objects.exists()


def test_an_instructor_can_reset_trainees_only_while_the_workshop_is_held(ngozi_client, workshop, seated):
    assert make_link(ngozi_client, seated)
    workshop.closed_at = timezone.now()
    workshop.save()
    assert is_refused(ngozi_client, seated)


def test_a_co_instructor_can_create_links_and_a_helper_cannot(workshop, seated):
    chidi = make_person("chidi", group=INSTRUCTORS)
    mine = workshop.team.create(user=chidi, role=Role.HELPER, accepted_at=timezone.now())
    assert is_refused(signed_in(chidi), seated)
    mine.role = Role.CO_INSTRUCTOR
    mine.save()
    assert make_link(signed_in(chidi), seated)


def test_a_coordinator_can_reset_a_trainee_from_the_consent_to_the_end_of_the_mentorship(
    ngozi, ngozi_client, grace, ada
):
    programme = Programme.objects.create(title="Reef mentors")
    programme.coordinators.add(ngozi)
    mentoring.add_mentor(programme, grace, ngozi)
    mentorship = mentoring.invite(programme, grace, grace, ada)
    assert is_refused(ngozi_client, ada)
    mentoring.accept_invitation(mentorship, ada)
    assert make_link(ngozi_client, ada)
    mentoring.end_mentorship(mentorship, ada)
    assert is_refused(ngozi_client, ada)


def give_part(person, part):
    """Let the person help to run something on the site."""
    if part == "mentor":
        person.groups.add(Group.objects.get_or_create(name=MENTORS)[0])
    elif part == "instructor":
        person.groups.add(Group.objects.get_or_create(name=INSTRUCTORS)[0])
    elif part == "coordinator":
        Programme.objects.create(title="Reef mentors").coordinators.add(person)
    elif part == "helper":
        today = timezone.now().date()
        other = workshop_changes.make(Workshop(title="Savanna", first_day=today, last_day=today), make_person("lead"))
        other.team.create(user=person, role=Role.HELPER, accepted_at=timezone.now())
    else:
        User.objects.filter(pk=person.pk).update(is_staff=True)


@pytest.mark.parametrize("part", ["mentor", "instructor", "coordinator", "helper", "staff"])
def test_only_administrators_can_reset_people_who_help_to_run_something(ngozi_client, olga_client, seated, part):
    give_part(seated, part)
    assert is_refused(ngozi_client, seated)
    assert make_link(olga_client, seated)


def test_every_page_tells_the_owner_about_a_link_until_they_dismiss_the_notice(ngozi_client, seated):
    browser = signed_in(seated)
    assert "password reset link" not in browser.get("/courses/").text
    make_link(ngozi_client, seated)
    for page in ("/", "/courses/", "/labs/"):
        assert "Ngozi Eze created a password reset link for your account" in browser.get(page).text
    browser.post("/people/told/")
    assert "Ngozi Eze created a password reset link" not in browser.get("/courses/").text
    assert "Ngozi Eze" in browser.get("/me/").text, "it stays on the account page"
    make_link(ngozi_client, seated)
    assert "Ngozi Eze created a password reset link" in browser.get("/courses/").text


def test_nobody_else_sees_the_notice_about_a_link(ngozi_client, linus_client, seated):
    make_link(ngozi_client, seated)
    assert "created a password reset link" not in linus_client.get("/courses/").text


def test_a_site_with_mail_also_sends_a_mail_about_a_link(ngozi_client, seated, settings, mailoutbox):
    settings.MAIL = True
    link = make_link(ngozi_client, seated)
    [mail] = mailoutbox
    assert mail.to == ["ada@vaka.example"]
    assert "Ngozi Eze" in mail.body
    assert link not in mail.body


def test_a_link_is_created_also_when_the_mail_cannot_be_sent(ngozi_client, seated, settings, caplog):
    settings.MAIL = True
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": 1, "timeout": 1},
        }
    }
    assert make_link(ngozi_client, seated)
    assert "could not be sent" in caplog.text
    assert "created a password reset link" in signed_in(seated).get("/courses/").text


def test_the_owner_is_told_about_a_link_from_the_command_line(olga):
    call_command("people", "staff", "olga", stdout=StringIO())
    assert "An administrator of this site created a password reset link" in signed_in(olga).get("/courses/").text


def test_a_part_in_a_team_counts_once_the_person_has_accepted_it(ngozi_client, chidi_in_another_workshop, seated):
    """Otherwise anybody who creates a workshop could take the password links of other people's trainees away."""
    other, chidi = chidi_in_another_workshop
    team.add(other, seated, Role.HELPER, chidi)
    assert make_link(ngozi_client, seated)
    team.accept(other, seated)
    assert is_refused(ngozi_client, seated)


@pytest.fixture
def chidi_in_another_workshop(workshop):
    chidi = make_person("chidi", group=INSTRUCTORS)
    today = timezone.now().date()
    return workshop_changes.make(Workshop(title="Savanna", first_day=today, last_day=today), chidi), chidi
