"""The permission to create an account, and the permissions of a new account."""

import re
import subprocess
import sys

import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from tests.builders import PASSWORD, make_person
from vaka.accounts import signup
from vaka.accounts.models import MENTORS, AccountStatus, User
from vaka.mentoring import services as mentoring
from vaka.mentoring.models import Programme
from vaka.workshops.models import Workshop
from vaka.workshops.services import workshop_changes


def sign_up(username, client=None, **more):
    fields = {"username": username, "password1": PASSWORD, "password2": PASSWORD, **more}
    return (client or Client()).post("/accounts/signup/", fields)


def account(username) -> User | None:
    return User.objects.filter(username=username).first()


# Which sites are public


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "open None"),
        ({"VAKA_LAN": "192.168.8.10"}, "open None"),
        ({"VAKA_HTTPS": "yes", "VAKA_HOSTS": "learn.example.org"}, "closed 4"),
        ({"VAKA_PUBLIC_URL": "https://learn.example.org"}, "closed 4"),
        ({"VAKA_HOSTS": "learn.example.org", "VAKA_SIGNUP": "approval", "VAKA_LABS_UNVERIFIED": "0"}, "approval 0"),
        ({"VAKA_SIGNUP": "code", "VAKA_LABS_UNVERIFIED": "7"}, "code 7"),
    ],
)
def test_a_public_site_is_closed_unless_its_operator_says_otherwise(environment, expected, tmp_path):
    program = "from vaka import settings; print(settings.SIGNUP, settings.LABS_UNVERIFIED)"
    told = {"PATH": "", "VAKA_STATE": str(tmp_path), **environment}
    done = subprocess.run([sys.executable, "-c", program], env=told, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected


# closed


def test_a_closed_sign_up_creates_no_account_and_says_whom_to_ask(db, mode, settings):
    mode("closed")
    settings.CONTACT = "Sione, sione@moana.example"
    page = Client().get("/accounts/signup/").content.decode()
    assert "Sign-up is closed" in page
    assert "Sione, sione@moana.example" in page
    sign_up("mere")
    assert account("mere") is None
    for other in ("/", "/accounts/login/"):
        assert 'href="/accounts/signup/"' not in Client().get(other).content.decode()
    assert "Sione" in Client().get("/accounts/login/").content.decode()


def test_a_wrong_sign_up_code_stays_in_the_field(db, mode):
    mode("code")
    page = sign_up("mere", email="mere@reefnet.example", signup_code="wrong-code").content.decode()
    assert [typed for typed in ("mere", "mere@reefnet.example", "wrong-code") if f'value="{typed}"' not in page] == []


@pytest.mark.parametrize("path", ["/accounts/signup/passkey/", "/accounts/2fa/webauthn/signup/"])
@pytest.mark.parametrize("which", ["closed", "code", "approval"])
def test_a_passkey_does_not_bypass_the_sign_up_mode(db, mode, path, which, with_passkeys):
    mode(which)
    Client().post(path, {"username": "mere", "email": "mere@reefnet.example"})
    if which == "approval":
        assert account("mere") is None or account("mere").account_status == AccountStatus.WAITING
    else:
        assert account("mere") is None


@pytest.fixture
def with_passkeys(settings):
    """Sign-up with a passkey. Without mail its page has no URL, so these tests use a URL configuration that has it."""
    settings.ROOT_URLCONF = "tests.vaka.urls_with_passkeys"
    settings.MFA_PASSKEY_SIGNUP_ENABLED = True


def test_people_can_sign_up_with_a_passkey_where_sign_up_is_open_or_needs_approval(db, mode, with_passkeys):
    for which, account_status in (("open", AccountStatus.NEW), ("approval", AccountStatus.WAITING)):
        mode(which)
        Client().post("/accounts/signup/passkey/", {"username": f"mere-{which}", "email": f"{which}@reefnet.example"})
        assert account(f"mere-{which}").account_status == account_status


def test_guests_of_a_workshop_can_keep_their_seat_as_an_account_where_sign_up_is_closed(mode, ngozi):
    mode("closed")
    today = timezone.now().date()
    workshop = workshop_changes.make(Workshop(title="Moana NOG 6", first_day=today, last_day=today), ngozi)
    browser = Client()
    browser.post("/join/", {"code": workshop.join_code, "name": "Ana"})
    browser.post(f"/workshops/{workshop.pk}/mine/account", {"username": "ana", "password": "a wide lagoon"})
    assert account("ana").account_status == AccountStatus.KNOWN


def test_an_account_that_an_administrator_created_works_where_sign_up_is_closed(mode, ada):
    mode("closed")
    assert ada.account_status == AccountStatus.KNOWN
    browser = Client()
    browser.post("/accounts/login/", {"login": "ada", "password": PASSWORD})
    assert "_auth_user_id" in browser.session


@pytest.fixture
def invitation(ngozi):
    grace = make_person("grace", name="Grace Hopper", group=MENTORS)
    programme = Programme.objects.create(title="Together")
    programme.coordinators.add(ngozi)
    mentoring.add_mentor(programme, grace, ngozi)
    return mentoring.invite(programme, grace, ngozi)


@pytest.mark.parametrize("which", ["closed", "code", "approval"])
def test_an_invitation_link_allows_sign_up_without_code_or_approval(mode, invitation, which):
    mode(which)
    link = f"/mentoring/join/{invitation.key}/"
    browser = Client()
    there = browser.get(link)["location"]
    page = browser.get(there).content.decode()
    sign_up_page = re.search(r'href="(/accounts/signup/\?[^"]+)"', page)[1].replace("&amp;", "&")
    assert "Create an account" in browser.get(sign_up_page).content.decode()
    answer = sign_up("mere", browser, next=link)
    assert answer["location"] == link
    assert account("mere").account_status == AccountStatus.KNOWN


def test_an_invitation_allows_one_account_and_an_ended_one_allows_none(mode, invitation, ngozi):
    mode("closed")
    link = f"/mentoring/join/{invitation.key}/"
    sign_up("mere", next=link)
    sign_up("tui", next=link)
    assert account("tui") is None
    sign_up("tui", next="/mentoring/join/wrong/")
    mentoring.end_mentorship(invitation, ngozi)
    account("mere").delete()
    sign_up("tui", next=link)
    assert account("tui") is None


# approval


@pytest.mark.parametrize("which", ["code", "approval", "closed"])
def test_pages_name_the_people_who_can_help_and_these_are_the_administrators(mode, which, ada, ada_client):
    """Instructors can neither approve an account nor create a code, so nobody is told to ask them."""
    mode(which)
    User.objects.filter(pk=ada.pk).update(account_status=AccountStatus.WAITING)
    pages = [Client().get("/accounts/signup/").content.decode(), ada_client.get("/").content.decode()]
    assert all("an administrator of this site" in page for page in pages)
    assert not any("sk your instructor" in page for page in pages)


def test_a_site_with_mail_tells_people_that_they_are_approved(
    mode, settings, ngozi, mailoutbox, django_capture_on_commit_callbacks
):
    settings.MAIL = True
    mere = make_person("mere", email="mere@reefnet.example")
    User.objects.update(account_status=AccountStatus.WAITING)
    with django_capture_on_commit_callbacks(execute=True):
        assert signup.approve(mere, ngozi)
        assert not signup.approve(mere, ngozi)
    assert [mail.to for mail in mailoutbox] == [["mere@reefnet.example"]]
    assert "is approved" in mailoutbox[0].subject


def test_a_declined_person_is_signed_out_and_does_not_wait_any_more(mode, olga_client):
    mode("approval")
    mere = Client()
    sign_up("mere", mere)
    assert "Declining closes the account" in olga_client.get("/people/").text, "the page says so before"
    olga_client.post(f"/people/{account('mere').pk}/decline")
    assert mere.get("/labs/").status_code == 302
    assert not signup.waiting().exists()


def test_only_accounts_that_wait_can_be_declined(olga_client, ada):
    olga_client.post(f"/people/{ada.pk}/decline")
    ada.refresh_from_db()
    assert ada.is_active


@pytest.mark.parametrize(
    "path", ["/people/{}/approve", "/people/{}/decline", "/people/code/new", "/people/code/revoke"]
)
def test_a_learner_cannot_approve_or_decline_anybody(ada, ada_client, path):
    User.objects.update(account_status=AccountStatus.WAITING)
    assert ada_client.post(path.format(ada.pk)).status_code == 403
    ada.refresh_from_db()
    assert (ada.account_status, ada.is_active) == (AccountStatus.WAITING, True)


def test_joining_a_workshop_confirms_an_account(mode, ngozi):
    mode("approval")
    mere = Client()
    sign_up("mere", mere)
    today = timezone.now().date()
    workshop = workshop_changes.make(Workshop(title="Moana NOG 6", first_day=today, last_day=today), ngozi)
    mere.post("/join/", {"code": workshop.join_code, "name": ""})
    assert account("mere").account_status == AccountStatus.KNOWN


# Accounts that are not confirmed


@pytest.fixture
def strangers(db):
    people = [make_person(f"stranger{n}") for n in range(4)]
    User.objects.filter(username__startswith="stranger").update(account_status=AccountStatus.NEW)
    return [User.objects.get(pk=person.pk) for person in people]


def test_an_open_sign_up_is_new_until_the_e_mail_address_is_verified(db, rf):
    sign_up("mere", email="mere@reefnet.example")
    assert account("mere").account_status == AccountStatus.NEW
    email_confirmed.send(EmailAddress, request=rf.get("/"), email_address=EmailAddress.objects.get())
    assert account("mere").account_status == AccountStatus.KNOWN


def test_a_verified_address_does_not_replace_an_approval(ada, rf):
    User.objects.update(account_status=AccountStatus.WAITING)
    address = EmailAddress.objects.create(user=account("ada"), email="ada@vaka.example")
    email_confirmed.send(EmailAddress, request=rf.get("/"), email_address=address)
    assert account("ada").account_status == AccountStatus.WAITING


def test_the_page_people_marks_accounts_that_are_not_confirmed(strangers, olga_client):
    page = olga_client.get("/people/", {"q": "stranger1"}).content.decode()
    assert "Not confirmed" in page
    assert f"/people/{strangers[1].pk}/approve" in page


def test_pages_of_confirmed_people_need_no_query_about_sign_up(ada_client, django_assert_max_num_queries):
    cache.clear()
    ada_client.get("/courses/")
    with django_assert_max_num_queries(10) as asked:
        ada_client.get("/courses/")
    assert not any("account_status" in query["sql"].partition("WHERE")[2] for query in asked.captured_queries)


@pytest.mark.parametrize("name", ["guest-1", "Guest-abcdef123456", "\uff54rainee", "INSTRUCTOR"])
def test_names_that_look_like_those_of_the_site_are_refused(mode, db, name):
    mode("open")
    sign_up(name)
    assert not User.objects.exists()
