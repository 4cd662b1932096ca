"""The pages of certificates: earning, publishing, verifying, renaming, withdrawing and revoking."""

import logging
import stat
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from tests.builders import Taken, make_person, signed_in
from tests.earned import attempt, read_and_answer
from vaka.credentials import course_certificate, keys, revocation, services
from vaka.credentials.models import Credential, RevocationKind, SigningKey, StatusListEntry, read_number

CONSENT = {"consent": "on"}


def get_certificate(client):
    """Request the certificate on the course's page, and return the address of the next page."""
    return client.post("/certificates/course/waves")["location"]


def page(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.content.decode()


def test_nothing_is_public_before_ada_has_chosen_the_name_and_agreed(earned, ada, ada_client, client):
    own = get_certificate(ada_client)
    assert "Nobody else can see it yet" in page(ada_client, own)
    waiting = Credential.objects.get()
    assert (waiting.signed, waiting.name, SigningKey.objects.count()) == ("", "", 0)
    page(client, f"/c/{waiting.shown_number}", 404)
    assert (
        "Nothing is published without your consent." in ada_client.post(own, {"name": "Mere Tawake"}).content.decode()
    )
    page(client, f"/c/{waiting.shown_number}", 404)
    ada_client.post(own, {"name": "Mere Tawake", **CONSENT})
    seen = page(client, f"/c/{waiting.shown_number}")
    assert "Mere Tawake" in seen
    assert "ada" not in seen.lower().split()


def test_the_public_page_shows_grades_dates_assistance_and_supervision(waves, state, ada, client):
    (waves / "course.yaml").write_text((waves / "course.yaml").read_text().replace("80", "40"))
    read_and_answer(ada)
    attempt(ada, assisted=["forwarding"], supervised_by="Moana NOG 5")
    made = services.issue(
        ada,
        course_certificate.certificate_content(ada, course_certificate.course_of("course/waves")),
        "Mere <b>Tawake</b>",
    )
    seen = page(client, f"/c/{made.shown_number}")
    for text in (
        "Mere &lt;b&gt;Tawake&lt;/b&gt;",
        "Labs: 1. Stages: 2. Checks passed: 3 of 3.",
        "1 stage was done for the learner and gave no points.",
        "Under supervision: 2 of 2 stages (Moana NOG 5).",
        "1 lesson read, according to the learner.",
        "Assisted",
        "0 of 6 points",
        "version 0123456789ab, seed 7",
        "Moana NOG",
        f"vaka.example/c/<br><b>{made.shown_number}</b>",
    ):
        assert text in seen, text


def test_a_learner_who_does_not_meet_the_rule_gets_no_certificate(waves, ada_client):
    assert get_certificate(ada_client) == "/courses/waves/"
    assert not Credential.objects.exists()
    assert "You do not meet all requirements yet" in page(ada_client, "/courses/waves/")


def test_requesting_a_certificate_twice_gives_one_which_is_updated_until_it_is_published(earned, ada, ada_client):
    first = get_certificate(ada_client)
    attempt(ada, failed=["still"], supervised_by="Moana NOG 6")
    assert get_certificate(ada_client) == first
    ada_client.post(first, {"name": "Ada", **CONSENT})
    signed = Credential.objects.get().signed
    assert get_certificate(ada_client) == first
    assert Credential.objects.get().signed == signed


def test_publishing_twice_at_the_same_time_signs_once(earned, ada):
    made = services.issue(
        ada, course_certificate.certificate_content(ada, course_certificate.course_of("course/waves"))
    )
    again = Credential.objects.get()
    assert services.publish(made, "Ada").signed == services.publish(again, "Countess").signed
    assert (Credential.objects.get().name, StatusListEntry.objects.count()) == ("Ada", 1)


def test_nobody_but_the_holder_can_open_or_change_a_certificate(certificate, linus_client, client):
    own = f"/certificates/{certificate.pk}/"
    assert linus_client.get(own).status_code == 404
    assert linus_client.post(own, {"name": "Linus", **CONSENT}).status_code == 404
    assert linus_client.post(f"{own}withdraw").status_code == 404
    assert client.get(own)["location"].startswith("/accounts/login/")
    assert Credential.objects.get().is_good


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("  ", "This field is required."),
        ("12345", "The name contains no letters."),
        ("A" * 81, "at most 80 characters"),
        ("Ada\u202elecA", "invisible character"),
    ],
)
def test_an_invalid_name_is_not_accepted(earned, ada_client, written, message):
    assert message in ada_client.post(get_certificate(ada_client), {"name": written, **CONSENT}).content.decode()
    assert not Credential.objects.get().is_published


def test_names_in_any_script_are_stored_as_they_are_written(earned, ada, ada_client):
    own = get_certificate(ada_client)
    ada_client.post(own, {"name": "  Faʻafetai   Tāwhirimātea ", **CONSENT})
    assert Credential.objects.get().name == "Faʻafetai Tāwhirimātea"
    assert "no font for them: Ꭳ Ꮟ Ᏺ" in ada_client.post(own, {"name": "ᎣᏏᏲ"}).content.decode()


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
    for turn in range(services.NAMES_A_DAY - 1):
        services.rename(Credential.objects.not_revoked().get(), f"Ada {'I' * (turn + 1)}")
    last = Credential.objects.not_revoked().get()
    assert (
        "too often in the last 24 hours"
        in ada_client.post(f"/certificates/{last.pk}/", {"name": "Ada", **CONSENT}).content.decode()
    )
    Credential.objects.published().update(issued_at=timezone.now() - timedelta(days=2))
    assert ada_client.post(f"/certificates/{last.pk}/", {"name": "Ada", **CONSENT}).status_code == 302


def test_ada_withdraws_her_certificate_and_can_get_a_new_one(certificate, ada_client, client):
    for _press in range(2):
        assert ada_client.post(f"/certificates/{certificate.pk}/withdraw")["location"] == "/certificates/"
    assert "Taken down by its holder" in page(client, f"/c/{certificate.shown_number}")
    assert StatusListEntry.objects.exclude(revoked_at=None).count() == 1
    own = get_certificate(ada_client)
    assert own != f"/certificates/{certificate.pk}/"
    assert "Nobody else can see it yet" in page(ada_client, own)


@pytest.fixture
def staff_client(db):
    return signed_in(make_person("root", is_staff=True))


def test_staff_revoke_a_certificate_with_a_reason_for_the_log_and_the_holder(
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
    assert "the staff of this site revoked your earlier one" in page(ada_client, "/certificates/")
    assert "Another typed." in page(admin_client, change)
    admin_client.post(change, {})  # without the tick at "bars its holder from another one"
    assert get_certificate(ada_client) != "/certificates/"
    assert Credential.objects.get(pk=certificate.pk).why == RevocationKind.STAFF


def test_saving_without_a_reason_revokes_nothing(certificate, admin_client):
    admin_client.post(reverse("admin:credentials_credential_change", args=[certificate.pk]), {"reason": "  "})
    assert Credential.objects.get().is_good


def test_only_staff_can_revoke(certificate, ngozi_client):
    change = reverse("admin:credentials_credential_change", args=[certificate.pk])
    assert ngozi_client.post(change, {"reason": "No."}).status_code == 302
    assert Credential.objects.get().is_good


def test_a_number_can_be_typed_in_any_notation(certificate, client):
    typed = certificate.shown_number.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert client.get("/c/", {"number": typed})["location"] == f"/c/{certificate.shown_number}"
    assert client.get(f"/c/{certificate.number.lower()}")["location"] == f"/c/{certificate.shown_number}"
    wrong = client.get("/c/", {"number": "7KQ2-M4XD-9HTP-3WZ<"})
    assert (wrong.status_code, "This site has no certificate" in wrong.content.decode()) == (404, True)
    assert read_number("oIl-0") == "0110"


def test_search_engines_are_asked_not_to_list_it_and_caches_keep_it_for_one_minute(certificate, client, ada_client):
    answer = client.get(f"/c/{certificate.shown_number}")
    assert (answer["X-Robots-Tag"], answer["Referrer-Policy"]) == ("noindex", "no-referrer")
    assert (answer["Cache-Control"], answer["Vary"]) == ("public, max-age=60", "Accept-Language, Cookie")
    assert "private" in ada_client.get(f"/c/{certificate.shown_number}")["Cache-Control"]


def test_the_page_of_a_certificate_needs_at_most_two_queries(certificate, client, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        client.get(f"/c/{certificate.shown_number}")


def test_deleting_the_account_deletes_certificates_but_not_their_revocation_entries(certificate, ada, client):
    revocation.revoke(certificate, RevocationKind.WITHDRAWN, by=ada)
    ada.delete()
    page(client, f"/c/{certificate.shown_number}", 404)
    assert StatusListEntry.objects.exclude(revoked_at=None).count() == 1


def test_the_data_export_has_ada_s_certificates(certificate, ada_client, linus_client):
    taken = Taken(ada_client)
    [found] = taken.json("certificates")
    assert (found["name"], found["signed"]) == ("Mere Tawake", certificate.signed)
    assert taken.zip.read(f"certificates/{certificate.shown_number}.jwt").decode() == certificate.signed
    assert Taken(linus_client).json("certificates") == []


@pytest.mark.django_db
def test_the_key_is_created_once_and_only_the_site_can_read_it(state):
    keys.current()
    first = keys.file().read_text()
    keys.current()
    assert keys.file().read_text() == first
    assert stat.S_IMODE(keys.file().stat().st_mode) & 0o007 == 0
    assert stat.S_IMODE(keys.file().parent.stat().st_mode) == 0o700


def test_after_replacing_the_key_the_old_one_stays_published(certificate, client, capsys):
    call_command("signing_key", "--replace")
    assert capsys.readouterr().out.count("/credentials/keys/") == 2
    [new, old] = client.get("/credentials/keys").json()["keys"]
    assert old["kid"] == certificate.key.url
    assert (new["kty"], new["crv"], "d" in new) == ("OKP", "Ed25519", False)
    assert client.get(old["kid"].removeprefix("https://vaka.example")).json() == old
    assert stat.S_IMODE(keys.file().stat().st_mode) == keys.MODE


def test_programs_can_fetch_and_cache_the_documents(certificate, client):
    for name in ("issuer", "keys", "status", "achievements/course/waves", "terms"):
        answer = client.get(f"/credentials/{name}")
        assert answer.status_code == 200, name
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert answer["Cache-Control"] == "public, max-age=300"
        assert "Cookie" not in answer.get("Vary", "")
    assert client.get("/credentials/achievements/course/winds").status_code == 404
    assert client.get("/credentials/keys/none").status_code == 404


def test_an_unsupervised_certificate_says_so(waves, state, ada, client):
    read_and_answer(ada)
    attempt(ada)
    made = services.issue(
        ada, course_certificate.certificate_content(ada, course_certificate.course_of("course/waves")), "Ada"
    )
    assert "Self-paced, without supervision." in page(client, f"/c/{made.shown_number}")
    stages = keys.payload_of(made.signed)["evidence"][1:]
    assert [(one["supervised"], "supervisedBy" in one) for one in stages] == [(False, False), (False, False)]
