"""The terminals of a person close when they sign out, and when another password or a newer sign-in ends their sign-ins."""

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.management.commands import changepassword
from django.core.management import call_command
from django.db import transaction

from labs.terminals import closing_terminals
from tests.builders import PASSWORD, signed_in
from vaka.accounts import sign_ins
from vaka.accounts.models import User


@pytest.fixture
def closed(monkeypatch):
    """The numbers of the people whose terminals were closed."""
    numbers = []
    monkeypatch.setattr(closing_terminals, "close_all", numbers.append)
    return numbers


NEW = "another canoe finds its way"


def by_an_administrator(ada, olga_client, monkeypatch, **fields):
    fields = {"password1": NEW, "password2": NEW, "usable_password": "true"} | fields
    assert olga_client.post(f"/admin/accounts/user/{ada.pk}/password/", fields).status_code == 302


def by_an_administrator_who_disables_it(ada, olga_client, monkeypatch):
    fields = {"password1": "", "password2": "", "usable_password": "false", "unset-password": "1"}
    by_an_administrator(ada, olga_client, monkeypatch, **fields)


def on_the_command_line(ada, olga_client, monkeypatch):
    monkeypatch.setattr(changepassword.getpass, "getpass", lambda prompt: NEW)
    call_command("changepassword", "ada", verbosity=0)


def in_a_shell(ada, olga_client, monkeypatch):
    ada.set_password(NEW)
    ada.save()


def as_a_hash(ada, olga_client, monkeypatch):
    person = User.objects.defer("password").get(pk=ada.pk)
    person.password = make_password(NEW)
    person.save(update_fields=["password"])


WAYS = (by_an_administrator, by_an_administrator_who_disables_it, on_the_command_line, in_a_shell, as_a_hash)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])
def test_another_password_closes_the_terminals_of_its_person_whoever_set_it(way, ada, olga_client, closed, monkeypatch):
    """Only a password that its owner had set themselves did so: an intruder kept what was open."""
    way(ada, olga_client, monkeypatch)
    assert closed == [ada.pk]


@pytest.mark.django_db(transaction=True)
def test_terminals_close_when_another_password_is_committed(ada, closed):
    """Else the sign-in that is about to end opens them again."""
    with transaction.atomic():
        ada.set_password(NEW)
        ada.save()
        assert closed == []
    assert closed == [ada.pk]


@pytest.mark.django_db(transaction=True)
def test_terminals_stay_while_the_password_is_the_same(ada, ada_client, closed):
    person = User.objects.get(pk=ada.pk)
    person.last_name = "King"
    person.save()
    person.save(update_fields=["last_name"])
    User.objects.create_user("somebody", password=PASSWORD)
    assert closed == []


@pytest.mark.django_db(transaction=True)
def test_the_end_of_the_oldest_sign_in_closes_terminals(ada, closed):
    browsers = [signed_in(ada) for _ in range(sign_ins.MOST)]
    assert closed == []
    signed_in(ada)
    assert closed == [ada.pk]
    assert browsers[0].get("/me/").status_code == 302


def test_a_user_can_sign_out_without_a_broker(settings, tmp_path, ada_client):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"

    ada_client.logout()

    assert "_auth_user_id" not in ada_client.session
