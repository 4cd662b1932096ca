"""The address of the site in mails, and in what a page shows for other people to open."""

import pytest
from allauth.account.models import EmailAddress

from tests.builders import make_person, signed_in
from vaka.web import site_address

TYPED, HERE = "http://vaka.example", "http://localhost:8000"


@pytest.fixture
def site(settings):
    """A site with mail that nobody has told its address."""
    settings.LAN, settings.LAN_URL, settings.PUBLIC_URL, settings.HOSTS = "", "", HERE, []
    settings.HTTPS, settings.BEHIND_PROXY, settings.PORT, settings.MAIL = False, False, 8000, True
    return settings


@pytest.mark.parametrize(
    ("facts", "address"),
    [
        ({}, ""),
        ({"HOSTS": ["*"]}, ""),
        ({"HOSTS": ["*", "learn.example.org"]}, "http://learn.example.org:8000"),
        ({"HOSTS": ["localhost", "[::1]", "learn.example.org"]}, "http://learn.example.org:8000"),
        ({"HOSTS": ["localhost", "127.0.0.1"]}, ""),
        (
            {
                "HOSTS": ["localhost", "learn.example.org"],
                "PUBLIC_URL": "https://localhost",
                "HTTPS": True,
                "BEHIND_PROXY": True,
            },
            "https://learn.example.org",
        ),
        ({"PUBLIC_URL": "https://learn.example.org"}, "https://learn.example.org"),
        ({"PUBLIC_URL": "https://learn.example.org", "LAN_URL": "http://192.0.2.7:8000"}, "http://192.0.2.7:8000"),
        ({"PUBLIC_URL": "http://127.0.0.1:8000"}, ""),
    ],
)
def test_the_address_is_that_of_the_settings_and_never_one_that_only_this_server_opens(site, facts, address):
    for name, value in facts.items():
        setattr(site, name, value)
    assert site_address.configured() == address


@pytest.mark.parametrize(
    ("public", "typed", "in_page", "in_mail"),
    [
        ("https://learn.example.org", "localhost:8000", "https://learn.example.org", "https://learn.example.org"),
        ("https://learn.example.org", "vaka.example", TYPED, "https://learn.example.org"),
        (HERE, "vaka.example", TYPED, TYPED),
        (HERE, "localhost:8000", HERE, HERE),
    ],
)
def test_a_page_shows_what_was_typed_if_others_can_open_it_and_a_mail_what_is_set(
    site, rf, public, typed, in_page, in_mail
):
    site.PUBLIC_URL = public
    request = rf.get("/", headers={"host": typed})
    assert (site_address.for_page(request), site_address.for_mail(request)) == (in_page, in_mail)
    assert site_address.for_mail() == public


@pytest.mark.parametrize("typed", ["localhost", "vaka.example"])
def test_a_mail_to_reset_a_password_leads_to_the_site_whatever_host_was_typed(site, client, ada, mailoutbox, typed):
    site.PUBLIC_URL = "https://learn.example.org"
    EmailAddress.objects.create(user=ada, email="ada@reefnet.example", primary=True, verified=True)
    client.post("/accounts/password/reset/", {"email": "ada@reefnet.example"}, headers={"host": typed})
    [mail] = mailoutbox
    assert "\nhttps://learn.example.org/accounts/password/reset/key/" in mail.body
    assert "This message was sent by learn.example.org." in mail.body
    assert typed not in mail.body


def test_a_reset_link_that_an_instructor_creates_on_the_server_itself_opens_elsewhere(site, ada):
    site.PUBLIC_URL = "https://learn.example.org"
    olga = signed_in(make_person("olga", is_staff=True))
    page = olga.post(f"/people/{ada.pk}/link/", headers={"host": "localhost"}).content.decode()
    assert "https://learn.example.org/accounts/password/reset/key/" in page.replace("<wbr>", "")


def test_the_page_for_the_projector_shows_the_address_of_the_site_also_on_the_server_itself(site, db, client):
    site.PUBLIC_URL = "https://learn.example.org"
    page = client.get("/join/", headers={"host": "localhost"}).content.decode()
    assert "https://learn.example.org</strong>" in page.replace("<wbr>", "")
    assert "Other computers cannot open this address" not in page
