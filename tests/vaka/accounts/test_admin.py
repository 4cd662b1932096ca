"""The administration of accounts: what administrators who are not superusers may do with accounts, and with those of superusers."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission

from tests.builders import PASSWORD, make_person, signed_in
from vaka.accounts.models import MENTORS, User

pytestmark = pytest.mark.django_db
NEW = "another canoe finds its way"
USERS = "/admin/accounts/user"


@pytest.fixture
def sven(ada, olga):
    """An administrator with all permissions on accounts, addresses and second steps, but no superuser."""
    person = make_person("sven", is_staff=True)
    models = ("user", "emailaddress", "authenticator")
    person.user_permissions.set(Permission.objects.filter(content_type__model__in=models))
    return person


@pytest.fixture
def client(sven):
    return signed_in(sven)


def passwords(text):
    return {"password1": text, "password2": text, "usable_password": "true"}


def filled(client, person, **changed):
    """The form of an account as a browser sends it."""
    form = client.get(f"{USERS}/{person.pk}/change/").context["adminform"].form
    sent = {}
    for bound in form:
        if hasattr(bound.field, "fields"):  # a day and a time
            days = bound.field.widget.decompress(bound.value())
            sent |= {f"{bound.html_name}_{n}": value or "" for n, value in enumerate(days)}
        elif bound.value() not in (None, False):
            sent[bound.html_name] = (
                [getattr(one, "pk", one) for one in bound.value()] if isinstance(bound.value(), list) else bound.value()
            )
    return sent | changed


def test_nobody_but_a_superuser_sets_the_password_of_a_superuser(client, olga):
    assert client.get(f"{USERS}/{olga.pk}/password/").status_code == 403
    assert client.post(f"{USERS}/{olga.pk}/password/", passwords(NEW)).status_code == 403
    olga.refresh_from_db()
    assert olga.check_password(PASSWORD)


def test_nobody_but_a_superuser_changes_or_deletes_a_superuser(client, olga):
    assert client.get(f"{USERS}/{olga.pk}/change/").status_code == 200, "the account may be read"
    assert (
        client.post(f"{USERS}/{olga.pk}/change/", {"username": "olga", "email": "sven@vaka.example"}).status_code == 403
    )
    assert client.post(f"{USERS}/{olga.pk}/delete/", {"post": "yes"}).status_code == 403
    client.post(f"{USERS}/", {"action": "delete_selected", "_selected_action": [olga.pk], "post": "yes"})
    olga.refresh_from_db()
    assert olga.email == ""


def test_nobody_but_a_superuser_grants_permissions(client, sven):
    before = sven.user_permissions.count()
    everything = Group.objects.create(name="everything")
    everything.permissions.set(Permission.objects.all())
    more = {"is_superuser": "on", "user_permissions": Permission.objects.values_list("pk", flat=True)}
    assert client.post(f"{USERS}/{sven.pk}/change/", filled(client, sven, **more)).status_code == 302
    client.post(f"{USERS}/{sven.pk}/change/", filled(client, sven, groups=[everything.pk]))
    sven = User.objects.get(pk=sven.pk)
    assert not sven.is_superuser
    assert sven.user_permissions.count() == before
    assert not sven.groups.exists()


def test_an_administrator_gives_trainees_a_password_and_a_role(client, ada):
    with_permissions = Group.objects.create(name="with permissions")
    with_permissions.permissions.set(Permission.objects.all()[:3])
    ada.groups.add(with_permissions)
    role, _made = Group.objects.get_or_create(name=MENTORS)
    assert client.post(f"{USERS}/{ada.pk}/password/", passwords(NEW)).status_code == 302
    assert client.post(f"{USERS}/{ada.pk}/change/", filled(client, ada, groups=[role.pk])).status_code == 302
    ada = User.objects.get(pk=ada.pk)
    assert ada.check_password(NEW)
    assert set(ada.groups.all()) == {role, with_permissions}, "what was not offered stays"


def test_a_superuser_may_do_all_of_it(olga, olga_client, ada):
    fields = filled(olga_client, ada, is_superuser="on", user_permissions=[Permission.objects.first().pk])
    assert olga_client.post(f"{USERS}/{ada.pk}/change/", fields).status_code == 302
    assert User.objects.get(pk=ada.pk).is_superuser
    assert olga_client.post(f"{USERS}/{ada.pk}/password/", passwords(NEW)).status_code == 302


def test_the_addresses_and_second_steps_of_a_superuser_are_for_superusers(client, olga, olga_client, ada):
    """A new address gets a link to a new password, and a new passkey signs in."""
    address = EmailAddress.objects.create(user=olga, email="olga@vaka.example", primary=True)
    step = Authenticator.objects.create(user=olga, type="totp", data={"secret": "of olga"})
    for kind, row in (("account/emailaddress", address), ("mfa/authenticator", step)):
        there = f"/admin/{kind}/{row.pk}/change/"
        assert client.get(there).status_code == 302, "as where there is none"
        assert client.post(there, {"user": olga.pk, "email": "sven@vaka.example"}).status_code == 302
        assert olga_client.get(there).status_code == 200
    new = {"user": olga.pk, "email": "sven@vaka.example", "verified": "on", "primary": "on"}
    assert client.post("/admin/account/emailaddress/add/", new).status_code == 200
    assert (
        client.post("/admin/mfa/authenticator/add/", {"user": olga.pk, "type": "webauthn", "data": "{}"}).status_code
        == 200
    )
    assert list(EmailAddress.objects.filter(user=olga)) == [address]
    assert list(Authenticator.objects.filter(user=olga)) == [step]
    assert client.post("/admin/account/emailaddress/add/", new | {"user": ada.pk}).status_code == 302
