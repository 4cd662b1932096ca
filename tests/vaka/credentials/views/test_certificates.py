"""The pages of certificates: earning, publishing, verifying, renaming, withdrawing and revoking."""

import pytest

from tests.builders import Taken, make_person, signed_in
from tests.earned import attempt, read_and_answer
from tests.vaka.credentials.visits import get_certificate, page
from vaka.credentials import course_certificate, issuing, signing_keys
from vaka.credentials.models import Credential, SigningKey, read_number

CONSENT = {"consent": "on"}


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
    made = issuing.issue(
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


@pytest.fixture
def staff_client(db):
    return signed_in(make_person("root", is_staff=True))


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
    assert (answer["Cache-Control"], answer["Vary"]) == (
        "public, max-age=60",
        "Cookie, Accept-Language, Accept-Encoding",
    )
    assert "private" in ada_client.get(f"/c/{certificate.shown_number}")["Cache-Control"]


def test_the_page_of_a_certificate_needs_at_most_two_queries(certificate, client, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        client.get(f"/c/{certificate.shown_number}")


def test_the_data_export_has_ada_s_certificates(certificate, ada_client, linus_client):
    taken = Taken(ada_client)
    [found] = taken.json("certificates")
    assert (found["name"], found["signed"]) == ("Mere Tawake", certificate.signed)
    assert taken.zip.read(f"certificates/{certificate.shown_number}.jwt").decode() == certificate.signed
    assert Taken(linus_client).json("certificates") == []


def test_an_unsupervised_certificate_says_so(waves, state, ada, client):
    read_and_answer(ada)
    attempt(ada)
    made = issuing.issue(
        ada, course_certificate.certificate_content(ada, course_certificate.course_of("course/waves")), "Ada"
    )
    assert "Self-paced, without supervision." in page(client, f"/c/{made.shown_number}")
    stages = signing_keys.payload_of(made.signed)["evidence"][1:]
    assert [(one["supervised"], "supervisedBy" in one) for one in stages] == [(False, False), (False, False)]
