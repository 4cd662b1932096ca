"""The page of the seats and the slide that says how to join."""

from django.utils.formats import date_format

from tests.vaka.workshops.conftest import reads, sits
from vaka.workshops.services import roster_file, seat_actions


def test_the_slide_shows_the_code_the_address_and_a_qr_code(workshop, clients, settings):
    settings.LAN_URL = "http://192.0.2.7:8000"
    page = clients["helper"].get(f"/workshops/{workshop.pk}/slide").content.decode()
    assert workshop.code_shown in page
    assert "http://192.0.2.7:8000/join/" in page.replace("<wbr>", "")
    assert "<svg viewBox" in page
    assert clients["stranger"].get(f"/workshops/{workshop.pk}/slide").status_code == 404


def test_the_seats_are_printed_without_their_buttons(workshop, clients):
    sits(workshop, "Ana")
    page = clients["lead"].get(f"/workshops/{workshop.pk}/seats").text
    for part in (
        '<td class="do noprint">',
        '<section class="noprint" aria-labelledby="h-roster">',
        '<p class="row noprint">',
    ):
        assert part in page


def test_the_seat_log_writes_dates_as_the_other_pages_do(workshop, ngozi, clients):
    seat = sits(workshop, "Ana")
    seat_actions.send_message(workshop, [seat], ngozi, "Look up.")
    written = date_format(workshop.log_entries.get().at, "j F Y, H:i")
    assert written in clients["lead"].get(f"/workshops/{workshop.pk}/room/1").text
    assert written in reads(seat)


def test_the_page_names_each_column_that_the_import_takes(workshop, clients):
    page = clients["lead"].get(f"/workshops/{workshop.pk}/seats").text
    said = page[page.index("The columns are") :].partition(".")[0]
    assert [name for name in roster_file.OWN - {"joined"} if name not in said] == []
