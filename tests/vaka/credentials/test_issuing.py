"""Certificates are issued once, published once, and renamed a few times a day."""

from datetime import timedelta

from django.utils import timezone

from tests.earned import attempt
from tests.vaka.credentials.visits import get_certificate, page
from vaka.credentials import course_certificate, issuing
from vaka.credentials.models import Credential, StatusListEntry

CONSENT = {"consent": "on"}


def test_requesting_a_certificate_twice_gives_one_which_is_updated_until_it_is_published(earned, ada, ada_client):
    first = get_certificate(ada_client)
    attempt(ada, failed=["still"], supervised_by="Moana NOG 6")
    assert get_certificate(ada_client) == first
    ada_client.post(first, {"name": "Ada", **CONSENT})
    signed = Credential.objects.get().signed
    assert get_certificate(ada_client) == first
    assert Credential.objects.get().signed == signed


def test_publishing_twice_at_the_same_time_signs_once(earned, ada):
    made = issuing.issue(ada, course_certificate.certificate_content(ada, course_certificate.course_of("course/waves")))
    again = Credential.objects.get()
    assert issuing.publish(made, "Ada").signed == issuing.publish(again, "Countess").signed
    assert (Credential.objects.get().name, StatusListEntry.objects.count()) == ("Ada", 1)


def test_changing_the_name_gives_a_new_certificate_and_the_old_one_shows_no_name(certificate, ada_client, client):
    old = f"/c/{certificate.shown_number}"
    answer = ada_client.post(f"/certificates/{certificate.pk}/", {"name": "Mere Kila", **CONSENT})
    new = Credential.objects.not_revoked().get()
    assert answer["location"] == f"/certificates/{new.pk}/"
    assert (new.name, new.content, new.earned_at) == ("Mere Kila", certificate.content, certificate.earned_at)
    assert new.number != certificate.number
    seen = page(client, old)
    assert "Replaced by one with another name" in seen
    assert "Mere" not in seen
    assert "Mere Kila" in page(client, f"/c/{new.shown_number}")
    for name in ("certificate.pdf", "credential.jwt"):
        page(client, f"{old}/{name}", 410)


def test_the_name_can_change_five_times_a_day(certificate, ada, ada_client):
    for turn in range(issuing.NAMES_A_DAY - 1):
        issuing.rename(Credential.objects.not_revoked().get(), f"Ada {'I' * (turn + 1)}")
    last = Credential.objects.not_revoked().get()
    assert (
        "too often in the last 24 hours"
        in ada_client.post(f"/certificates/{last.pk}/", {"name": "Ada", **CONSENT}).content.decode()
    )
    Credential.objects.published().update(issued_at=timezone.now() - timedelta(days=2))
    assert ada_client.post(f"/certificates/{last.pk}/", {"name": "Ada", **CONSENT}).status_code == 302
