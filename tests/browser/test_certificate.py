"""A certificate in Chromium: earned, published, verified by a stranger on a phone and on paper, and withdrawn."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import expect
from pypdf import PdfReader

from courses.loader import catalogue
from courses.models import Enrolment
from tests import earned
from tests.browser.test_pages import SIZES, open_sound, sign_in
from tests.builders import make_person
from vaka.credentials.models import Credential

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
PICTURES = os.environ.get("VAKA_TEST_PICTURES")  # a folder, to look at what was seen


def picture(page, name):
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.fixture
def site(live_server, tmp_path, settings):
    settings.PUBLIC_URL, settings.ISSUER, settings.STATE_DIR = live_server.url, "Moana NOG", tmp_path
    return live_server.url


def test_ada_publishes_her_certificate_and_a_stranger_verifies_it(window, site, tmp_path):
    mere = make_person("ada", name="Ada Lovelace")
    course = catalogue(settings.COURSE_CONTENT)["first-steps"]
    page = window(viewport=SIZES["wide"], expected=("autocomplete", "Password forms"))
    sign_in(page, site)
    page.goto(f"{site}/courses/first-steps/")
    page.get_by_role("button", name="Enrol in this course").click()
    expect(page.locator("#certificate")).to_contain_text("Lessons read: 0 of 9")
    open_sound(page, f"{site}/courses/first-steps/")
    picture(page, "course-missing")
    earned.all_of(mere, course, supervised_by="Moana NOG 5, Suva", assisted=["none-of-its-stages"])
    page.goto(f"{site}/courses/first-steps/")
    picture(page, "course-earned")
    page.get_by_role("button", name="Get the certificate").click()

    # Nobody else sees it until she publishes it
    expect(page.get_by_text("Nobody else can see it yet")).to_be_visible()
    own = page.url
    open_sound(page, own)
    picture(page, "own-before")
    number = Credential.objects.get().shown_number
    stranger = window(viewport=SIZES["phone"], expected=("404",))
    stranger.goto(f"{site}/c/{number}")
    expect(stranger.get_by_text("This site has no certificate with the number")).to_be_visible()
    page.get_by_label("Name on the certificate").fill("Mere Tāwhirimātea")
    page.get_by_label("Publish my certificate").check()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Your certificate is published.")).to_be_visible()
    open_sound(page, own)
    picture(page, "own-published")
    open_sound(page, f"{site}/certificates/")
    picture(page, "mine")

    # A stranger types the number that is printed on the PDF
    open_sound(stranger, f"{site}/c/")
    stranger.get_by_label("Number of the certificate").fill(number.lower().replace("-", " "))
    stranger.get_by_role("button", name="Verify").click()
    expect(stranger.get_by_role("heading", name="Mere Tāwhirimātea")).to_be_visible()
    expect(stranger.get_by_text("Moana NOG 5, Suva").first).to_be_visible()
    for size in SIZES:
        seen = window(viewport=SIZES[size])
        open_sound(seen, f"{site}/c/{number}")
        seen.get_by_text("With Python and OpenSSL only").click()
        assert seen.evaluate("document.documentElement.scrollWidth <= innerWidth")
        picture(seen, f"public-{size}")
        dark = window(viewport=SIZES[size], color_scheme="dark")
        open_sound(dark, f"{site}/c/{number}")
        picture(dark, f"public-{size}-dark")

    # Printed: the certificate on the first page, the stages on the next
    paper = tmp_path / "page.pdf"
    seen.pdf(path=paper, prefer_css_page_size=True)
    if PICTURES:
        (Path(PICTURES) / "page.pdf").write_bytes(paper.read_bytes())
    sheets = [sheet.extract_text() for sheet in PdfReader(paper).pages]
    assert "Mere" in sheets[0]
    assert number in sheets[0]
    assert "Graded stages" not in sheets[0]
    assert "Graded stages" in sheets[1]
    assert "Verify this certificate" not in "".join(sheets)

    # The two files for download
    with stranger.expect_download() as file:
        stranger.get_by_role("link", name="Signed file").click()
    assert file.value.path().read_text() == Credential.objects.get().signed
    with stranger.expect_download() as file:
        stranger.get_by_role("link", name="PDF").click()
    assert file.value.path().read_bytes().startswith(b"%PDF")

    # Withdrawn
    page.goto(own)
    page.get_by_role("button", name="Withdraw the certificate").click()
    expect(page.get_by_text("Taken down by its holder")).to_be_visible()
    open_sound(stranger, f"{site}/c/{number}?again")
    expect(stranger.get_by_role("heading", name="not valid any more")).to_be_visible()
    picture(stranger, "revoked")
    assert Enrolment.objects.count() == 1
