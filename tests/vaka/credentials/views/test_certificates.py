"""A certificate's life on the pages: earned, named, published, checked by a stranger, renamed, taken down, revoked."""

import logging
import stat
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from tests.builders import Taken, make_person, signed_in
from tests.earned import attempt, read_and_answer
from vaka.credentials import course_certificate, keys, services
from vaka.credentials.models import Credential, Place, SigningKey, Why, read_number

YES = {"consent": "on"}


def ask(client):
    """Ask on the course's page, and return the page of one's own certificate."""
    return client.post("/certificates/course/waves")["location"]


def page(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.content.decode()


def test_nothing_is_public_before_ada_has_chosen_her_name_and_said_yes(earned, ada, ada_client, client):
    own = ask(ada_client)
    assert "Nobody else can see it yet" in page(ada_client, own)
    waiting = Credential.objects.get()
    assert (waiting.signed, waiting.name, SigningKey.objects.count()) == ("", "", 0)
    page(client, f"/c/{waiting.shown_number}", 404)
    assert "Nothing is published without your yes." in ada_client.post(own, {"name": "Mere Tawake"}).content.decode()
    page(client, f"/c/{waiting.shown_number}", 404)
    ada_client.post(own, {"name": "Mere Tawake", **YES})
    seen = page(client, f"/c/{waiting.shown_number}")
    assert "Mere Tawake" in seen
    assert "ada" not in seen.lower().split()


def test_a_stranger_reads_what_was_graded_when_with_what_help_and_under_whose_eyes(waves, state, ada, client):
    (waves / "course.yaml").write_text((waves / "course.yaml").read_text().replace("80", "40"))
    read_and_answer(ada)
    attempt(ada, assisted=["forwarding"], supervised_by="Moana NOG 5")
    made = services.issue(
        ada, course_certificate.facts(ada, course_certificate.course_of("course/waves")), "Mere <b>Tawake</b>"
    )
    seen = page(client, f"/c/{made.shown_number}")
    for text in (
        "Mere &lt;b&gt;Tawake&lt;/b&gt;",
        "Labs: 1. Stages: 2. Checks passed: 3 of 3.",
        "1 stage was done for the learner; it gave no points.",
        "Under supervision: 2 of 2 stages (Moana NOG 5).",
        "1 lesson read, as the learner says.",
        "Assisted",
        "0 of 6 points",
        "version 0123456789ab, seed 7",
        "Moana NOG",
        f"vaka.example/c/<br><b>{made.shown_number}</b>",
    ):
        assert text in seen, text


def test_who_has_not_met_the_rule_gets_none(waves, ada_client):
    assert ask(ada_client) == "/courses/waves/"
    assert not Credential.objects.exists()
    assert "still asks for something" in page(ada_client, "/courses/waves/")


def test_asking_twice_gives_one_and_what_was_done_since_is_in_it_until_it_is_published(earned, ada, ada_client):
    first = ask(ada_client)
    attempt(ada, failed=["still"], supervised_by="Moana NOG 6")
    assert ask(ada_client) == first
    ada_client.post(first, {"name": "Ada", **YES})
    signed = Credential.objects.get().signed
    assert ask(ada_client) == first
    assert Credential.objects.get().signed == signed


def test_of_two_presses_at_once_one_signs(earned, ada):
    made = services.issue(ada, course_certificate.facts(ada, course_certificate.course_of("course/waves")))
    again = Credential.objects.get()
    assert services.publish(made, "Ada").signed == services.publish(again, "Countess").signed
    assert (Credential.objects.get().name, Place.objects.count()) == ("Ada", 1)


def test_a_certificate_is_its_holder_s_alone_until_it_is_public(certificate, linus_client, client):
    own = f"/certificates/{certificate.pk}/"
    assert linus_client.get(own).status_code == 404
    assert linus_client.post(own, {"name": "Linus", **YES}).status_code == 404
    assert linus_client.post(f"{own}withdraw").status_code == 404
    assert client.get(own)["location"].startswith("/accounts/login/")
    assert Credential.objects.get().is_good


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("  ", "This field is required."),
        ("12345", "Write the name with letters."),
        ("A" * 81, "at most 80 letters"),
        ("Ada\u202elecA", "cannot be seen"),
    ],
)
def test_a_name_that_is_none(earned, ada_client, written, message):
    assert message in ada_client.post(ask(ada_client), {"name": written, **YES}).content.decode()
    assert not Credential.objects.get().is_published


def test_names_of_all_scripts_are_kept_as_they_are_written(earned, ada, ada_client):
    own = ask(ada_client)
    ada_client.post(own, {"name": "  Faʻafetai   Tāwhirimātea ", **YES})
    assert Credential.objects.get().name == "Faʻafetai Tāwhirimātea"
    assert "no font for these letters: Ꭳ Ꮟ Ᏺ" in ada_client.post(own, {"name": "ᎣᏏᏲ"}).content.decode()


def test_a_new_name_is_a_new_certificate_and_the_old_one_says_it_is_replaced_without_either_name(
    certificate, ada_client, client
):
    old = f"/c/{certificate.shown_number}"
    answer = ada_client.post(f"/certificates/{certificate.pk}/", {"name": "Mere Kila", **YES})
    new = Credential.objects.standing().get()
    assert answer["location"] == f"/certificates/{new.pk}/"
    assert (new.name, new.facts, new.earned_at) == ("Mere Kila", certificate.facts, certificate.earned_at)
    assert new.number != certificate.number
    seen = page(client, old)
    assert "Replaced by one with another name" in seen
    assert "Mere" not in seen
    assert "Mere Kila" in page(client, f"/c/{new.shown_number}")
    for name in ("certificate.pdf", "credential.jwt"):
        page(client, f"{old}/{name}", 410)


def test_a_name_changes_only_so_often_in_a_day(certificate, ada, ada_client):
    for turn in range(services.NAMES_A_DAY - 1):
        services.rename(Credential.objects.standing().get(), f"Ada {'I' * (turn + 1)}")
    last = Credential.objects.standing().get()
    assert "too often today" in ada_client.post(f"/certificates/{last.pk}/", {"name": "Ada", **YES}).content.decode()
    Credential.objects.published().update(issued_at=timezone.now() - timedelta(days=2))
    assert ada_client.post(f"/certificates/{last.pk}/", {"name": "Ada", **YES}).status_code == 302


def test_ada_takes_hers_down_and_may_ask_again(certificate, ada_client, client):
    for _press in range(2):
        assert ada_client.post(f"/certificates/{certificate.pk}/withdraw")["location"] == "/certificates/"
    assert "Taken down by its holder" in page(client, f"/c/{certificate.shown_number}")
    assert Place.objects.exclude(revoked_at=None).count() == 1
    own = ask(ada_client)
    assert own != f"/certificates/{certificate.pk}/"
    assert "Nobody else can see it yet" in page(ada_client, own)


@pytest.fixture
def staff_client(db):
    return signed_in(make_person("root", is_staff=True))


def test_staff_revoke_one_with_a_reason_which_is_logged_and_its_holder_reads(
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
    assert ask(ada_client) == "/certificates/", "she is barred"
    assert "was revoked by the people of this site" in page(ada_client, "/certificates/")
    assert "Another typed." in page(admin_client, change)
    admin_client.post(change, {})  # without the mark in "bars its holder"
    assert ask(ada_client) != "/certificates/"
    assert Credential.objects.get(pk=certificate.pk).why == Why.STAFF


def test_a_page_of_the_administration_saved_without_a_reason_revokes_nothing(certificate, admin_client):
    admin_client.post(reverse("admin:credentials_credential_change", args=[certificate.pk]), {"reason": "  "})
    assert Credential.objects.get().is_good


def test_who_is_not_staff_revokes_nothing(certificate, ngozi_client):
    change = reverse("admin:credentials_credential_change", args=[certificate.pk])
    assert ngozi_client.post(change, {"reason": "No."}).status_code == 302
    assert Credential.objects.get().is_good


def test_a_number_may_be_typed_from_paper(certificate, client):
    typed = certificate.shown_number.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert client.get("/c/", {"number": typed})["location"] == f"/c/{certificate.shown_number}"
    assert client.get(f"/c/{certificate.number.lower()}")["location"] == f"/c/{certificate.shown_number}"
    wrong = client.get("/c/", {"number": "7KQ2-M4XD-9HTP-3WZ<"})
    assert (wrong.status_code, "There is no certificate" in wrong.content.decode()) == (404, True)
    assert read_number("oIl-0") == "0110"


def test_search_engines_are_asked_to_leave_it_out_and_a_copy_is_kept_for_a_minute_at_most(
    certificate, client, ada_client
):
    answer = client.get(f"/c/{certificate.shown_number}")
    assert (answer["X-Robots-Tag"], answer["Referrer-Policy"]) == ("noindex", "no-referrer")
    assert (answer["Cache-Control"], answer["Vary"]) == ("public, max-age=60", "Accept-Language, Cookie")
    assert "private" in ada_client.get(f"/c/{certificate.shown_number}")["Cache-Control"]


def test_the_page_of_a_certificate_asks_the_database_little(certificate, client, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        client.get(f"/c/{certificate.shown_number}")


def test_with_her_account_her_certificates_go_and_their_places_in_the_list_stay(certificate, ada, client):
    services.revoke(certificate, Why.WITHDRAWN, by=ada)
    ada.delete()
    page(client, f"/c/{certificate.shown_number}", 404)
    assert Place.objects.exclude(revoked_at=None).count() == 1


def test_what_ada_takes_with_her_has_her_certificates(certificate, ada_client, linus_client):
    taken = Taken(ada_client)
    [found] = taken.json("certificates")
    assert (found["name"], found["signed"]) == ("Mere Tawake", certificate.signed)
    assert taken.zip.read(f"certificates/{certificate.shown_number}.jwt").decode() == certificate.signed
    assert Taken(linus_client).json("certificates") == []


@pytest.mark.django_db
def test_the_key_is_made_once_and_only_the_site_reads_it(state):
    keys.current()
    first = keys.file().read_text()
    keys.current()
    assert keys.file().read_text() == first
    assert stat.S_IMODE(keys.file().stat().st_mode) & 0o007 == 0
    assert stat.S_IMODE(keys.file().parent.stat().st_mode) == 0o700


def test_a_new_key_signs_from_now_on_and_the_old_one_stays_published(certificate, client, capsys):
    call_command("signing_key", "--replace")
    assert capsys.readouterr().out.count("/credentials/keys/") == 2
    [new, old] = client.get("/credentials/keys").json()["keys"]
    assert old["kid"] == certificate.key.url
    assert (new["kty"], new["crv"], "d" in new) == ("OKP", "Ed25519", False)
    assert client.get(old["kid"].removeprefix("https://vaka.example")).json() == old
    assert stat.S_IMODE(keys.file().stat().st_mode) == keys.MODE


def test_programs_elsewhere_may_fetch_the_documents_and_keep_them_for_a_while(certificate, client):
    for name in ("issuer", "keys", "status", "achievements/course/waves", "terms"):
        answer = client.get(f"/credentials/{name}")
        assert answer.status_code == 200, name
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert answer["Cache-Control"] == "public, max-age=300"
        assert "Cookie" not in answer.get("Vary", "")
    assert client.get("/credentials/achievements/course/winds").status_code == 404
    assert client.get("/credentials/keys/none").status_code == 404


def test_what_nobody_supervised_says_so(waves, state, ada, client):
    read_and_answer(ada)
    attempt(ada)
    made = services.issue(ada, course_certificate.facts(ada, course_certificate.course_of("course/waves")), "Ada")
    assert "Self-paced: nobody supervised it." in page(client, f"/c/{made.shown_number}")
    stages = keys.payload_of(made.signed)["evidence"][1:]
    assert [(one["supervised"], "supervisedBy" in one) for one in stages] == [(False, False), (False, False)]
