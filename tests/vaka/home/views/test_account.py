"""The pages about oneself: progress, account and the data export."""

import pytest

from tests.builders import Taken, signed_in
from tests.courses.test_quiz import LESSON
from vaka.accounts.models import User

ACCOUNT = {"first_name": "Ada", "last_name": "King", "time_zone": "Pacific/Apia", "language": "en"}


def test_my_progress_shows_lessons_and_tries(waves, ada_client):
    assert "You are not enrolled in a course yet" in ada_client.get("/progress/").content.decode()
    ada_client.post(f"{LESSON}quiz/bits", {"written": "48"})
    ada_client.post(f"{LESSON}quiz/bits", {"written": "64"})
    page = ada_client.get("/progress/").content.decode()
    assert "1 of 8 right, 2 tries" in page
    assert "0 of 1 lessons done" in page
    assert page.count('aria-current="page"') == 1
    assert '<a href="/progress/" aria-current="page">' in page


def test_the_progress_page_needs_at_most_fourteen_queries(waves, ada_client, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        ada_client.get("/progress/")


def test_ada_changes_her_name_and_time_zone(waves, ada_client, ada):
    assert ada_client.post("/me/", ACCOUNT)["location"] == "/me/"
    ada.refresh_from_db()
    assert (ada.shown_name, ada.time_zone) == ("Ada King", "Pacific/Apia")
    ada_client.post(f"{LESSON}done", {"done": "yes"})
    assert "+13:00" in ada_client.get("/progress/").content.decode()


def test_a_changed_name_loses_the_letters_that_nobody_can_see(ada_client, ada):
    ada_client.post("/me/", ACCOUNT | {"first_name": "\u202eAda\x07"})
    ada.refresh_from_db()
    assert ada.shown_name == "Ada King"


@pytest.mark.parametrize("time_zone", ["../../etc/passwd", "Nowhere/Land", ""])
def test_an_unknown_time_zone_is_not_accepted(ada_client, ada, time_zone):
    assert ada_client.post("/me/", {**ACCOUNT, "time_zone": time_zone}).status_code == 200
    ada.refresh_from_db()
    assert ada.time_zone == "UTC"


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("Lagos", "Africa/Lagos"),
        ("calcutta", "Asia/Kolkata"),
        ("new york", "America/New_York"),
        ("africa/lagos", "Africa/Lagos"),
        ("Kathm", "Asia/Kathmandu"),
    ],
)
def test_a_city_that_is_typed_takes_its_time_zone(ada_client, ada, typed, taken):
    assert ada_client.post("/me/", {**ACCOUNT, "time_zone": typed})["location"] == "/me/"
    ada.refresh_from_db()
    assert ada.time_zone == taken


def test_where_several_time_zones_match_the_error_names_them(ada_client, ada):
    page = ada_client.post("/me/", {**ACCOUNT, "time_zone": "Argentina"}).content.decode()
    assert "Several time zones match: America/Argentina/Buenos_Aires, " in page
    ada.refresh_from_db()
    assert ada.time_zone == "UTC"


def test_a_stored_time_zone_that_this_server_does_not_know_does_no_harm(ada_client, ada):
    User.objects.update(time_zone="../gone")
    assert ada_client.get("/progress/").status_code == 200


def test_ada_signs_out_everywhere_else(ada_client, ada, linus_client):
    other = signed_in(ada)
    assert "in 1 other place." in ada_client.get("/me/").content.decode()
    ada_client.post("/me/sessions/end")
    assert other.get("/me/").status_code == 302
    page = ada_client.get("/me/").content.decode()
    assert "In this browser only." in page
    assert "/me/sessions/end" not in page, "there is nothing to sign out of"
    assert linus_client.get("/me/").status_code == 200


def test_the_data_export_has_only_ada_s_own_data(waves, ada, ada_client, linus_client):
    ada_client.post(f"{LESSON}quiz/bits", {"written": "64"})
    taken = Taken(ada_client)
    assert taken.json("account")["username"] == "ada"
    assert taken.json("answers")[0]["given"] == ["64"]
    assert ada.password not in taken.text()
    assert Taken(linus_client).json("answers") == []


@pytest.mark.parametrize("path", ["/me/", "/me/export", "/progress/"])
def test_a_visitor_is_asked_to_sign_in(client, db, path):
    assert client.get(path)["location"] == f"/accounts/login/?next={path}"


def test_the_list_of_time_zones_has_no_aliases_and_can_be_searched(ada_client):
    page = ada_client.get("/me/").content.decode()
    assert '<option value="Pacific/Fiji">' in page
    assert '<option value="UTC">' in page
    for alias in ("US/Pacific", "GB", "Asia/Calcutta", "Etc/GMT-3"):
        assert f'<option value="{alias}">' not in page
    assert 'list="list_time_zone"' in page
    assert '<datalist id="list_time_zone">' in page


def test_ada_takes_the_time_zone_that_her_browser_reports_and_it_is_not_offered_again(ada_client, ada):
    assert 'id="time-zone"' in ada_client.get("/courses/").content.decode()
    there = {"time_zone": "Asia/Calcutta", "back": "/courses/"}  # as Chromium calls Asia/Kolkata
    assert ada_client.post("/me/time-zone", there)["location"] == "/courses/"
    ada.refresh_from_db()
    assert ada.time_zone == "Asia/Kolkata", "the name that the list has"
    assert 'id="time-zone"' not in ada_client.get("/courses/").content.decode()
    assert ada_client.post("/me/time-zone", {**there, "back": "https://example.net/"})["location"] == "/me/"
    assert ada_client.post("/me/time-zone", {"time_zone": "Nowhere/Land"})["location"] == "/me/"


@pytest.mark.parametrize(
    ("path", "form"),
    [("/me/time-zone", {"keep": "yes", "time_zone": "Pacific/Fiji"}), ("/me/", {**ACCOUNT, "time_zone": "UTC"})],
)
def test_whoever_keeps_utc_is_asked_in_no_browser_again(ada_client, ada, path, form):
    ada_client.post(path, form)
    assert 'id="time-zone"' not in signed_in(ada).get("/courses/").content.decode()
    ada.refresh_from_db()
    assert ada.time_zone == "UTC"
