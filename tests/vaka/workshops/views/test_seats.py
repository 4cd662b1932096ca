"""The page of the seats and the slide that says how to join."""


def test_the_slide_shows_the_code_the_address_and_a_qr_code(workshop, clients, settings):
    settings.LAN_URL = "http://192.0.2.7:8000"
    page = clients["helper"].get(f"/workshops/{workshop.pk}/slide").content.decode()
    assert workshop.code_shown in page
    assert "http://192.0.2.7:8000/join/" in page
    assert "<svg viewBox" in page
    assert clients["stranger"].get(f"/workshops/{workshop.pk}/slide").status_code == 404
