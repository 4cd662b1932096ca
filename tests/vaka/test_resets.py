"""Links to a new password, from the instructor's hands."""

import re
from datetime import timedelta

import pytest
from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from tests.builders import PASSWORD, make_person, signed_in
from vaka.accounts import resets
from vaka.accounts.models import INSTRUCTORS

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


def test_ngozi_finds_ada_makes_a_link_and_ada_chooses_a_password(ngozi_client, ada, linus):
    page = ngozi_client.get("/people/", {"q": "lovelace"}).content.decode()
    assert f"/people/{ada.pk}/link/" in page
    assert f"/people/{linus.pk}/link/" not in page
    assert "You have a new password" in use(make_link(ngozi_client, ada)).content.decode()
    assert can_sign_in("ada", NEW)
    assert not can_sign_in("ada", PASSWORD)


def test_a_link_is_shown_once_and_kept_by_no_browser(ngozi_client, ada):
    answer = ngozi_client.post(f"/people/{ada.pk}/link/")
    assert "no-store" in answer["Cache-Control"]
    assert 'role="img" aria-label="The link as a QR code"' in answer.content.decode()
    assert ngozi_client.get(f"/people/{ada.pk}/link/").status_code == 405


def test_a_link_works_once(ngozi_client, ada):
    link = make_link(ngozi_client, ada)
    use(link)
    again = use(link, "another one entirely")
    assert "This link does not work any more" in again.content.decode()
    assert can_sign_in("ada", NEW)


def test_a_link_dies_after_an_hour(ngozi_client, ada, monkeypatch):
    link = make_link(ngozi_client, ada)
    real = EmailAwarePasswordResetTokenGenerator._now
    monkeypatch.setattr(EmailAwarePasswordResetTokenGenerator, "_now", lambda self: real(self) + timedelta(minutes=59))
    assert "Choose a new password" in Client().get(link, follow=True).content.decode()
    monkeypatch.setattr(EmailAwarePasswordResetTokenGenerator, "_now", lambda self: real(self) + timedelta(minutes=61))
    assert "This link does not work any more" in use(link).content.decode()
    assert can_sign_in("ada", PASSWORD)


def test_the_page_says_until_when(ngozi, ada):
    link = resets.make_link(ngozi, ada)
    assert timedelta(minutes=59) < link.ends - timezone.now() <= timedelta(hours=1)


def test_it_is_written_down_who_made_it_and_for_whom_but_not_the_link(ngozi_client, ngozi, ada):
    link = make_link(ngozi_client, ada)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (ngozi, str(ada.pk))
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


def test_an_instructor_gets_at_nobody_who_may_do_as_much_or_more(ngozi_client, ngozi, olga):
    other = make_person("obi", group=INSTRUCTORS)
    for person in (ngozi, other, olga):
        assert ngozi_client.post(f"/people/{person.pk}/link/").status_code == 403, person
    assert "/link/" not in ngozi_client.get("/people/", {"q": "olga"}).content.decode()


def test_staff_help_instructors_but_only_olga_helps_olga(olga, ngozi):
    staff = make_person("mereana", is_staff=True)
    assert resets.may_reset(staff, ngozi)
    assert not resets.may_reset(staff, olga)
    assert resets.may_reset(olga, olga)


def test_nobody_helps_an_account_that_was_closed(ngozi_client, ada):
    ada.is_active = False
    ada.save()
    assert ngozi_client.post(f"/people/{ada.pk}/link/").status_code == 403
    assert "Nobody has" in ngozi_client.get("/people/", {"q": "ada"}).content.decode()


def test_a_new_password_ends_the_sessions_of_the_old_one(ngozi_client, ada):
    elsewhere = signed_in(ada)
    use(make_link(ngozi_client, ada))
    assert "_auth_user_id" in elsewhere.session
    assert elsewhere.get("/labs/").status_code == 302


def test_after_a_link_the_wrong_passwords_before_it_count_no_more(ngozi_client, ada):
    for _ in range(11):
        assert not can_sign_in("ada", "not this")
    assert not can_sign_in("ada", PASSWORD), "slowed"
    use(make_link(ngozi_client, ada))
    assert can_sign_in("ada", NEW)


def test_the_list_of_people_asks_few_questions(ngozi_client, django_assert_max_num_queries, db):
    for number in range(25):
        make_person(f"seat{number}")
    with django_assert_max_num_queries(8):
        ngozi_client.get("/people/")


def test_in_a_room_the_link_has_the_address_of_the_room(ngozi_client, ada, settings):
    settings.ROOM_URL = "http://192.0.2.7:8000"
    assert ">http://192.0.2.7:8000/accounts/" in ngozi_client.post(f"/people/{ada.pk}/link/").content.decode()
