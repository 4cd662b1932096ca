"""In Chromium: a file that is too large is named before the upload, and a smaller copy of a large picture is sent."""

import random
from io import BytesIO

import pytest
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from tests import builders, servers
from vaka import asgi
from vaka.accounts.models import INSTRUCTORS
from vaka.web.body_limits import BoundedBodies
from vaka.workshops import logos
from vaka.workshops.models import Workshop
from vaka.workshops.services import workshop_changes
from vaka.workshops.services.roster_file import LARGEST as LARGEST_ROSTER

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # Django never closes an SQLite connection in memory that another thread has; collecting it warns
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def page(window, transactional_db):
    """The form of the logo, as the person who leads the workshop, on a site with its limit on requests."""
    ngozi = builders.make_person("ngozi", name="Ngozi Eze", group=INSTRUCTORS)
    today = timezone.now().date()
    workshop = workshop_changes.make(Workshop(title="W", first_day=today, last_day=today, seat_count=5), ngozi)
    with servers.served(BoundedBodies(ASGIStaticFilesHandler(asgi.django_application))) as port:
        site = f"http://127.0.0.1:{port}"
        page = window(expected=())
        cookie = builders.signed_in(ngozi).cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": site}])
        page.goto(f"{site}/workshops/{workshop.pk}/paper")
        yield page
        page.goto("about:blank")


def noise(width, height):
    """A picture that no encoder makes small."""
    made = Image.frombytes("RGB", (width, height), random.Random(1).randbytes(3 * width * height))
    file = BytesIO()
    made.save(file, "PNG")
    return file.getvalue()


def test_a_smaller_copy_of_a_large_picture_is_sent(page):
    file = noise(900, 300)
    assert len(file) > 2 * logos.LARGEST
    page.locator("#id_logo_file").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": file})
    expect(page.get_by_text("The browser will send a smaller picture of")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. New prints have it.")).to_be_visible()
    assert Image.open(BytesIO(bytes(Workshop.objects.get().logo))).size == (600, 200)


def test_a_large_file_that_is_no_picture_is_not_sent(page):
    file = {"name": "a.png", "mimeType": "image/png", "buffer": b"x" * (logos.LARGEST + 1)}
    page.locator("#id_logo_file").set_input_files(file)
    sentence = "This file has 201 KB. Choose one of at most 200 KB."
    expect(page.get_by_text(sentence)).to_be_visible()
    page.get_by_role("button", name="Save").click()
    assert page.evaluate("document.querySelector('input[type=file]').validationMessage") == sentence
    page.goto(page.url.replace("/paper", "/seats"))
    page.locator("#file").set_input_files(
        {"name": "a.csv", "mimeType": "text/csv", "buffer": b"a" * (LARGEST_ROSTER + 1)}
    )
    expect(page.get_by_text("This file has 101 KB. Choose one of at most 100 KB.")).to_be_visible()
