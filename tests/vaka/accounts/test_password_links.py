"""Links to a new password, from the instructor's hands."""

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
from vaka.workshops.services import joining, planning

NEW = "the tide comes twice a day"


def link_from(answer) -> str:
    return re.search(r"<textarea[^>]*>http://testserver(/accounts/password/reset/key/[^<]+)<", answer.content.decode())[
        1
    ]


def make_link(client: Client, person) -> str:
    answer = client.post(f"/people/{person.pk}/link/")
    assert answer.status_code == 200
    return link_from(answer)


def use(link: str, password: str = NEW):
    """Open a link in a browser of one's own and choose a password."""
    browser = Client()
    page = browser.get(link, follow=True)
    form = {"password1": password, "password2": password}
    return browser.post(page.redirect_chain[-1][0], form, follow=True) if page.redirect_chain else page


def can_sign_in(name: str, password: str) -> bool:
    browser = Client()
    browser.post("/accounts/login/", {"login": name, "password": password})
    return "_auth_user_id" in browser.session


def test_olga_finds_ada_makes_a_link_and_ada_chooses_a_password(olga_client, ada, linus):
    page = olga_client.get("/people/", {"q": "lovelace"}).content.decode()
    assert f"/people/{ada.pk}/link/" in page
    assert f"/people/{linus.pk}/link/" not in page
    assert "Your password was changed" in use(make_link(olga_client, ada)).content.decode()
    assert can_sign_in("ada", NEW)
    assert not can_sign_in("ada", PASSWORD)


def test_a_link_is_shown_once_and_kept_by_no_browser(olga_client, ada):
    answer = olga_client.post(f"/people/{ada.pk}/link/")
    assert "no-store" in answer["Cache-Control"]
    assert 'role="img" aria-label="The link as a QR code"' in answer.content.decode()
    assert olga_client.get(f"/people/{ada.pk}/link/").status_code == 405


def test_a_link_works_once(olga_client, ada):
    link = make_link(olga_client, ada)
    use(link)
    again = use(link, "another one entirely")
    assert "This link no longer works" in again.content.decode()
    assert can_sign_in("ada", NEW)


def test_a_link_dies_after_an_hour(olga_client, ada, monkeypatch):
    link = make_link(olga_client, ada)
    real = EmailAwarePasswordResetTokenGenerator._now
    monkeypatch.setattr(EmailAwarePasswordResetTokenGenerator, "_now", lambda self: real(self) + timedelta(minutes=59))
    assert "Choose a new password" in Client().get(link, follow=True).content.decode()
    monkeypatch.setattr(EmailAwarePasswordResetTokenGenerator, "_now", lambda self: real(self) + timedelta(minutes=61))
    assert "This link no longer works" in use(link).content.decode()
    assert can_sign_in("ada", PASSWORD)


def test_the_page_says_until_when(olga, ada):
    link = password_links.make_link(olga, ada)
    assert timedelta(minutes=59) < link.ends - timezone.now() <= timedelta(hours=1)


def test_it_is_written_down_who_made_it_and_for_whom_but_not_the_link(olga_client, olga, ada):
    link = make_link(olga_client, ada)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (olga, str(ada.pk))
    assert "new password" in entry.change_message
    assert link not in str(entry.__dict__)


@pytest.mark.parametrize("who", ["ada_client", "grace_client", "linus_client"])
def test_a_learner_or_mentor_can_neither_look_nor_make_one(who, request, ngozi):
    client = request.getfixturevalue(who)
    assert client.get("/people/").status_code == 403
    assert client.post(f"/people/{ngozi.pk}/link/").status_code == 403
    assert client.post("/people/999999/link/").status_code == 403
    assert "/people/" not in client.get("/courses/").content.decode()
    assert not LogEntry.objects.exists()


def test_a_stranger_is_asked_to_sign_in(client, ada):
    assert client.post(f"/people/{ada.pk}/link/")["location"].startswith("/accounts/login/")


def test_staff_help_instructors_but_only_olga_helps_olga(olga, ngozi):
    staff = make_person("mereana", is_staff=True)
    assert password_links.may_reset(staff, ngozi)
    assert not password_links.may_reset(staff, olga)
    assert password_links.may_reset(olga, olga)


def test_nobody_helps_an_account_that_was_closed(olga_client, ada):
    ada.is_active = False
    ada.save()
    assert olga_client.post(f"/people/{ada.pk}/link/").status_code == 404
    assert "Nobody has" in olga_client.get("/people/", {"q": "ada"}).content.decode()


def test_a_new_password_ends_the_sessions_of_the_old_one(olga_client, ada):
    elsewhere = signed_in(ada)
    use(make_link(olga_client, ada))
    assert "_auth_user_id" in elsewhere.session
    assert elsewhere.get("/labs/").status_code == 302


def test_after_a_link_the_wrong_passwords_before_it_count_no_more(olga_client, ada, waits):
    for _ in range(11):
        assert not can_sign_in("ada", "not this")
    assert waits[-1] > 0, "slowed"
    use(make_link(olga_client, ada))
    waits.clear()
    assert can_sign_in("ada", NEW)
    assert waits == [0]


def test_the_list_of_people_asks_few_questions(olga_client, django_assert_max_num_queries, db):
    for number in range(25):
        make_person(f"seat{number}")
    with django_assert_max_num_queries(8):
        olga_client.get("/people/")


def test_in_a_room_the_link_has_the_address_of_the_room(olga_client, ada, settings):
    settings.LAN_URL = "http://192.0.2.7:8000"
    assert ">http://192.0.2.7:8000/accounts/" in olga_client.post(f"/people/{ada.pk}/link/").content.decode()


# Whose link an instructor makes, and who is told


@pytest.fixture
def workshop(ngozi):
    today = timezone.now().date()
    return planning.make(Workshop(title="Moana NOG 6", first_day=today, last_day=today), ngozi)


@pytest.fixture
def seated(workshop, ada):
    """Ada, in a workshop of Ngozi's."""
    joining.take_seat(workshop, "Ada", user=ada)
    return ada


def refused(client, person):
    """There is no link, and the person is not even named."""
    page = client.get("/people/", {"q": person.username}).text
    return client.post(f"/people/{person.pk}/link/").status_code == 404 and f"/people/{person.pk}/" not in page


def test_to_an_instructor_a_trainee_of_others_does_not_exist(ngozi_client, ada, linus):
    assert refused(ngozi_client, ada)
    assert "Ada Lovelace" not in ngozi_client.get("/people/").text
    assert not LogEntry.objects.exists()


def test_a_trainee_is_an_instructors_while_the_workshop_is_held(ngozi_client, workshop, seated):
    assert make_link(ngozi_client, seated)
    workshop.closed_at = timezone.now()
    workshop.save()
    assert refused(ngozi_client, seated)


def test_a_helper_makes_no_link_and_a_co_instructor_does(workshop, seated):
    chidi = make_person("chidi", group=INSTRUCTORS)
    mine = workshop.staff.create(user=chidi, role=Role.HELPER)
    assert refused(signed_in(chidi), seated)
    mine.role = Role.CO_INSTRUCTOR
    mine.save()
    assert make_link(signed_in(chidi), seated)


def test_a_trainee_of_her_programme_is_an_instructors_from_consent_to_the_end(ngozi, ngozi_client, grace, ada):
    programme = Programme.objects.create(title="Reef mentors")
    programme.coordinators.add(ngozi)
    mentoring.add_mentor(programme, grace, ngozi)
    mentorship = mentoring.invite(programme, grace, grace, ada)
    assert refused(ngozi_client, ada)
    mentoring.consent(mentorship, ada)
    assert make_link(ngozi_client, ada)
    mentoring.end(mentorship, ada)
    assert refused(ngozi_client, ada)


def gets_a_part(person, part):
    """The person helps to run the site in some way."""
    if part == "mentor":
        person.groups.add(Group.objects.get_or_create(name=MENTORS)[0])
    elif part == "instructor":
        person.groups.add(Group.objects.get_or_create(name=INSTRUCTORS)[0])
    elif part == "coordinator":
        Programme.objects.create(title="Reef mentors").coordinators.add(person)
    elif part == "helper":
        today = timezone.now().date()
        other = planning.make(Workshop(title="Savanna", first_day=today, last_day=today), make_person("lead"))
        other.staff.create(user=person, role=Role.HELPER)
    else:
        User.objects.filter(pk=person.pk).update(is_staff=True)


@pytest.mark.parametrize("part", ["mentor", "instructor", "coordinator", "helper", "staff"])
def test_whoever_has_a_part_in_running_the_site_gets_a_link_from_staff_only(ngozi_client, olga_client, seated, part):
    gets_a_part(seated, part)
    assert refused(ngozi_client, seated)
    assert make_link(olga_client, seated)


def test_who_gets_a_link_made_is_told_on_every_page_until_it_is_read(ngozi_client, seated):
    browser = signed_in(seated)
    assert "link to a new password" not in browser.get("/courses/").text
    make_link(ngozi_client, seated)
    for page in ("/", "/courses/", "/labs/"):
        told = browser.get(page).text
        assert "Ngozi Eze made a link to a new password for your account" in told
    browser.post("/people/told/")
    assert "Ngozi Eze made a link" not in browser.get("/courses/").text
    assert "Ngozi Eze" in browser.get("/me/").text, "it stays on the account page"
    make_link(ngozi_client, seated)
    assert "Ngozi Eze made a link" in browser.get("/courses/").text


def test_nobody_else_is_told_and_who_was_not_told_costs_no_question(ngozi_client, linus_client, seated):
    make_link(ngozi_client, seated)
    assert "made a link" not in linus_client.get("/courses/").text


def test_where_there_is_mail_the_person_gets_one_too(ngozi_client, seated, settings, mailoutbox):
    settings.MAIL = True
    link = make_link(ngozi_client, seated)
    [mail] = mailoutbox
    assert mail.to == ["ada@vaka.example"]
    assert "Ngozi Eze" in mail.body
    assert link not in mail.body


def test_a_link_is_made_also_when_the_mail_cannot_be_sent(ngozi_client, seated, settings, caplog):
    settings.MAIL = True
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": 1, "timeout": 1},
        }
    }
    assert make_link(ngozi_client, seated)
    assert "was not told by mail" in caplog.text
    assert "made a link" in signed_in(seated).get("/courses/").text


def test_a_link_from_the_command_line_is_told_too(olga):
    call_command("people", "staff", "olga", stdout=StringIO())
    assert "Whoever runs this server made a link to a new password" in signed_in(olga).get("/courses/").text
