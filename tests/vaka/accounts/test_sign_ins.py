"""The number of browsers in which a person is signed in."""

from tests.builders import signed_in
from vaka.accounts.sign_ins import MOST


def test_a_person_stays_signed_in_in_their_newest_browsers(ada, grace):
    of_grace = signed_in(grace)
    first, second, *_others, last = [signed_in(ada) for _ in range(MOST + 1)]
    assert ada.browser_sessions.count() == MOST
    assert first.get("/me/")["location"].startswith("/accounts/login/")
    for client in (second, last, of_grace):
        assert client.get("/me/").status_code == 200


def test_a_browser_that_signs_in_again_ends_no_other_sign_in(ada):
    first, *_others, last = [signed_in(ada) for _ in range(MOST)]
    for _ in range(3):
        last.force_login(ada)
    assert first.get("/me/").status_code == 200
