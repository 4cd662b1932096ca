"""Certificates are revoked by their holder or by an administrator, and the list of revocations outlives them."""

import logging

from django.urls import reverse

from tests.vaka.credentials.visits import get_certificate, page
from vaka.credentials import revocation
from vaka.credentials.models import Credential, RevocationKind, StatusListEntry


def test_ada_withdraws_her_certificate_and_can_get_a_new_one(certificate, ada_client, client):
    for _press in range(2):
        assert ada_client.post(f"/certificates/{certificate.pk}/withdraw")["location"] == "/certificates/"
    assert "Taken down by its holder" in page(client, f"/c/{certificate.shown_number}")
    assert StatusListEntry.objects.exclude(revoked_at=None).count() == 1
    own = get_certificate(ada_client)
    assert own != f"/certificates/{certificate.pk}/"
    assert "Nobody else can see it yet" in page(ada_client, own)


def test_an_administrator_revokes_a_certificate_with_a_reason_for_the_log_and_the_holder(
    certificate, ada_client, client, admin_client, caplog
):
    change = reverse("admin:credentials_credential_change", args=[certificate.pk])
    with caplog.at_level(logging.INFO):
        assert admin_client.post(change, {"reason": "Another typed."}).status_code == 302
    assert f"Certificate {certificate.shown_number} is revoked (staff) by admin. Another typed." in caplog.text
    seen = page(client, f"/c/{certificate.shown_number}")
    assert "Revoked by the issuer" in seen
    assert "Another typed." not in seen
    assert "Another typed." in page(ada_client, "/certificates/")
    assert get_certificate(ada_client) == "/certificates/", "she is barred"
    assert "an administrator of this site revoked your earlier one" in page(ada_client, "/certificates/")
    assert "Another typed." in page(admin_client, change)
    admin_client.post(change, {})  # without the tick at "bars its holder from another one"
    assert get_certificate(ada_client) != "/certificates/"
    assert Credential.objects.get(pk=certificate.pk).why == RevocationKind.STAFF


def test_saving_without_a_reason_revokes_nothing(certificate, admin_client):
    admin_client.post(reverse("admin:credentials_credential_change", args=[certificate.pk]), {"reason": "  "})
    assert Credential.objects.get().is_good


def test_only_administrators_can_revoke(certificate, ngozi_client):
    change = reverse("admin:credentials_credential_change", args=[certificate.pk])
    assert ngozi_client.post(change, {"reason": "No."}).status_code == 302
    assert Credential.objects.get().is_good


def test_deleting_the_account_deletes_certificates_but_not_their_revocation_entries(certificate, ada, client):
    revocation.revoke(certificate, RevocationKind.WITHDRAWN, by=ada)
    ada.delete()
    page(client, f"/c/{certificate.shown_number}", 404)
    assert StatusListEntry.objects.exclude(revoked_at=None).count() == 1
