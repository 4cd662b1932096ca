"""Addresses that have moved lead to their new place."""

import pytest


@pytest.mark.parametrize(
    ("old", "new"),
    [("/labs/staff/room/", "/labs/staff/capacity/"), ("/labs/sessions/day", "/labs/sessions/end-of-day")],
)
def test_a_bookmarked_page_redirects_to_its_new_address(client, old, new):
    answer = client.get(old)
    assert (answer.status_code, answer.url) == (302, new)
    assert client.post(old).status_code == 405
