"""Our settings of allauth, where two people do the same in one moment."""

from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress

from tests.builders import make_person, signed_in


def test_two_sign_ups_at_once_with_one_address_are_confirmed_once(ada, monkeypatch):
    EmailAddress.objects.create(user=ada, email="a@reefnet.example", primary=True, verified=True)
    mere = make_person("mere", email="a@reefnet.example")
    address = EmailAddress.objects.create(user=mere, email="a@reefnet.example", primary=True)
    monkeypatch.setattr(EmailAddress, "can_set_verified", lambda _address: True)  # ada's was not confirmed then
    asked = signed_in(mere).get("/").wsgi_request
    assert get_adapter().confirm_email(asked, address) is False
    address.refresh_from_db()
    assert not address.verified
