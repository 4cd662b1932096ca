"""The page of a trainee's seat."""

from tests.builders import signed_in
from tests.vaka.workshops.conftest import sits, text_of


def test_the_page_of_a_seat_listens_before_the_seat_bar_speaks(workshop, item):
    page = text_of(signed_in(sits(workshop, "Ana").user), f"/workshops/{workshop.pk}/mine")
    assert 0 < page.index("workshops/my-seat.js") < page.index("workshops/seat-bar.js")
