"""One account for each username, however it is written: also where two people choose it in the same moment."""

import pytest
from allauth.account.forms import BaseSignupForm
from django.contrib.auth.forms import UserCreationForm
from django.core.management.base import CommandError
from django.db import IntegrityError, transaction
from django.test import Client

from tests.builders import PASSWORD, make_person
from tests.migrating import migrate, migrate_to_today
from vaka.accounts import first_password
from vaka.accounts.models import User

TAKEN = "Another account has this username. Choose another one."
BEFORE, AFTER = [("accounts", "0008_sign_ins_ended")], [("accounts", "0009_one_account_for_a_username")]


def unchecked(form):
    """The username as it was typed: the other account did not exist yet when the form looked."""
    return form.cleaned_data["username"]


def test_the_database_refuses_a_username_that_differs_in_capitals_only(ada):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_person("Ada")


@pytest.mark.parametrize("username", ["ada", "Ada"])
def test_the_second_of_two_sign_ups_at_once_reads_that_the_username_is_taken(ada, monkeypatch, username):
    monkeypatch.setattr(BaseSignupForm, "clean_username", unchecked)
    browser = Client()
    fields = {"username": username, "password1": PASSWORD, "password2": PASSWORD, "next": "/labs/"}
    answer = browser.post("/accounts/signup/", fields, follow=True)
    assert answer.redirect_chain == [("/accounts/signup/?next=%2Flabs%2F", 302)]
    assert TAKEN in answer.text
    assert "_auth_user_id" not in browser.session
    assert User.objects.get() == ada


def test_the_second_of_two_sign_ups_with_one_invitation_reads_what_to_do(ada, monkeypatch):
    User.objects.filter(pk=ada.pk).update(voucher="0" * 64)
    monkeypatch.setattr("vaka.accounts.signup.voucher_of", lambda _request: "0" * 64)
    fields = {"username": "mere", "password1": PASSWORD, "password2": PASSWORD}
    answer = Client().post("/accounts/signup/", fields, follow=True)
    assert "with the same invitation" in answer.text
    assert User.objects.get() == ada


def test_the_second_account_that_administrators_create_at_once_is_refused_with_a_sentence(
    ada, olga_client, monkeypatch
):
    monkeypatch.setattr(UserCreationForm, "clean_username", unchecked)
    monkeypatch.setattr(User, "validate_constraints", lambda *_given, **_more: None)
    fields = {"username": "Ada", "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    answer = olga_client.post("/admin/accounts/user/add/", fields, follow=True)
    assert answer.redirect_chain == [("/admin/accounts/user/add/", 302)]
    assert TAKEN in answer.text
    assert not User.objects.filter(username="Ada").exists()


def test_an_administrator_who_renames_an_account_reads_in_the_form_that_the_username_is_taken(ada, olga_client):
    make_person("mere")
    page = olga_client.get(f"/admin/accounts/user/{ada.pk}/change/").context["adminform"].form.initial
    fields = {name: value for name, value in page.items() if isinstance(value, str)} | {"username": "Mere"}
    joined = {"date_joined_0": "2026-11-01", "date_joined_1": "08:00", "is_active": "on"}
    answer = olga_client.post(f"/admin/accounts/user/{ada.pk}/change/", fields | joined)
    assert TAKEN in answer.text
    ada.refresh_from_db()
    assert ada.username == "ada"


def test_a_guest_whose_first_password_came_second_stays_a_guest(ada):
    guest = make_person("guest-1")
    with pytest.raises(first_password.UsernameTaken):
        first_password.set_first_password(guest, "ADA", PASSWORD)
    assert guest.username == "guest-1"


@pytest.mark.django_db(transaction=True)
def test_a_site_that_has_such_accounts_reads_which_and_what_to_do():
    before = migrate(BEFORE).get_model("accounts", "User")
    try:
        for name in ("ada", "Ada", "mere"):
            before.objects.create(username=name)
        with pytest.raises(CommandError, match=r": Ada, ada\. .*Rename.*update\(username='Ada2'\)"):
            migrate(AFTER)
        before.objects.filter(username="Ada").update(username="ada2")
        migrate(AFTER)
    finally:
        before.objects.all().delete()  # the model of today may have columns that the table does not have yet
        migrate_to_today()
