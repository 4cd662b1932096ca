"""The key that signs certificates is private, and old keys stay published."""

import stat

import pytest
from django.core.management import call_command

from vaka.credentials import signing_keys


@pytest.mark.django_db
def test_the_key_is_created_once_and_only_the_site_can_read_it(state):
    signing_keys.current()
    first = signing_keys.file().read_text()
    signing_keys.current()
    assert signing_keys.file().read_text() == first
    assert stat.S_IMODE(signing_keys.file().stat().st_mode) & 0o007 == 0
    assert stat.S_IMODE(signing_keys.file().parent.stat().st_mode) == 0o700


def test_after_replacing_the_key_the_old_one_stays_published(certificate, client, capsys):
    call_command("signing_key", "--replace")
    assert capsys.readouterr().out.count("/credentials/keys/") == 2
    [new, old] = client.get("/credentials/keys").json()["keys"]
    assert old["kid"] == certificate.key.url
    assert (new["kty"], new["crv"], "d" in new) == ("OKP", "Ed25519", False)
    assert client.get(old["kid"].removeprefix("https://vaka.example")).json() == old
    assert stat.S_IMODE(signing_keys.file().stat().st_mode) == signing_keys.MODE
