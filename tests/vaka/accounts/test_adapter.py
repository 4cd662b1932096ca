"""Our settings of allauth: usernames, and two people who do the same in one moment."""

import pytest
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError

from tests.builders import make_person, signed_in
from vaka.web.person_names import MOST_LETTERS


def test_two_sign_ups_at_once_with_one_address_are_confirmed_once(ada, monkeypatch):
    EmailAddress.objects.create(user=ada, email="a@reefnet.example", primary=True, verified=True)
    mere = make_person("mere", email="a@reefnet.example")
    address = EmailAddress.objects.create(user=mere, email="a@reefnet.example", primary=True)
    monkeypatch.setattr(EmailAddress, "can_set_verified", lambda _address: True)  # ada's was not confirmed then
    asked = signed_in(mere).get("/").wsgi_request
    assert get_adapter().confirm_email(asked, address) is False
    address.refresh_from_db()
    assert not address.verified


def test_of_a_username_without_end_only_the_beginning_is_looked_at(db):
    with pytest.raises(ValidationError, match=f"it has {MOST_LETTERS}"):
        get_adapter().clean_username("n" * 50 * MOST_LETTERS)
