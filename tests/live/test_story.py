"""A newcomer's first evening on a whole real site: sign up, read, answer, solve a lab by typing, finish the module.

What she does at her desk is looked at on her phone too, page by page; the last lesson she does on the phone.
"""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from courses.loader import catalogue
from labs.engine.shared import pace
from tests.live.newcomer import PHONE, WIDE, answer, must_be_sound, plain, solution_of, type_on, windows, wrong_answer
from tests.live.whole_site import Up

pytestmark = pytest.mark.live
COURSE = "First steps for network operators"
PASSWORD = "a canoe finds its way"


@pytest.fixture
def site(tmp_path):
    up = Up(tmp_path / "state", tmp_path / "up.log")
    try:
        yield f"http://localhost:{up.until_it_serves().port}"
    finally:
        up.end()


@pytest.fixture
def ipv6():
    """The module that she does: its lessons with their quizzes, as their files say."""
    [module] = [module for module in catalogue(settings.COURSE_CONTENT)["first-steps"].modules if module.id == "ipv6"]
    return module


def test_a_newcomer_finishes_her_first_module(site, ipv6):
    first, slaac, last = ipv6.lessons
    with windows(site) as opened:
        desk, phone = opened.open(WIDE), opened.open(PHONE)
        look = Look(desk, phone)

        sign_up(desk, site, look)
        phone.context.add_cookies(desk.context.cookies())
        enrol(desk, look)
        read_and_answer(desk, slaac, look)
        solve(desk, slaac.lab, look)
        for page, lesson in ((desk, first), (desk, slaac), (phone, last)):
            page.goto(f"{site}/courses/first-steps/{lesson.id}/")
            if lesson is not slaac:
                answer_all(page, lesson)
            say_done(page)
        for lesson in (first, last):
            desk.goto(f"{site}/courses/first-steps/{lesson.id}/")
            solve_at_once(desk, lesson.lab)
        desk.goto(f"{site}/courses/first-steps/{first.id}/")
        see_the_module_finished(desk, look)
    assert opened.said == []
    assert opened.elsewhere == []


class Look:
    """Sees that a page is sound at both widths."""

    def __init__(self, desk, phone):
        self.desk, self.phone = desk, phone

    def __call__(self):
        must_be_sound(self.desk)
        self.phone.goto(self.desk.url)
        must_be_sound(self.phone)


def sign_up(page, site, look):
    page.goto(site)
    look()
    page.get_by_role("link", name="Create an account").click()
    expect(page.get_by_label("E-mail")).to_be_visible()
    look()
    page.get_by_label("E-mail").fill("sina@vaka.example")
    page.get_by_label("Username").fill("sina")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password (again)").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("link", name="sina")).to_be_visible()


def enrol(page, look):
    look()
    page.get_by_role("link", name="Courses", exact=True).click()
    expect(page.get_by_role("link", name=COURSE).first).to_be_visible()
    look()
    page.get_by_role("link", name=COURSE).first.click()
    expect(page.get_by_role("heading", name=COURSE)).to_be_visible()
    page.get_by_role("button", name="Enrol in this course").click()
    expect(page.get_by_text("0 of 3 lessons done").first).to_be_visible()
    look()


def read_and_answer(page, lesson, look):
    page.get_by_role("link", name=lesson.title).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(lesson.title)
    page.locator("article figure").first.scroll_into_view_if_needed()
    look()
    question = lesson.quiz.questions[0]
    answer(page, question, wrong_answer(question))
    said = page.locator(f"#q-{question.id} .say")
    expect(said).to_contain_text("Not right yet")
    expect(said).to_contain_text(plain(question.wrong))
    look()
    answer_all(page, lesson)
    look()


def answer_all(page, lesson):
    for question in lesson.quiz.questions:
        answer(page, question, question.solution)
        said = page.locator(f"#q-{question.id} .say")
        expect(said).to_contain_text("Right")
        expect(said).to_contain_text(plain(question.right))


def start(page, look=None):
    page.locator("article").get_by_role("link", name="Open the lab").click()
    begin = page.get_by_role("button", name="Start the lab")
    expect(begin).to_be_visible()
    if look:
        look()
    begin.click()
    expect(page.get_by_role("tab", name="r1")).to_be_visible(timeout=pace.seconds(60_000))


def solve_at_once(page, lab):
    """Solve a short lab as a whole, and check it at the end."""
    start(page)
    for node, lines in solution_of(page, settings.LAB_CATALOG / lab).items():
        type_on(page, node, lines)
    check(page)
    stop(page)


def check(page):
    page.get_by_role("button", name="Check my work").click()
    expect(page.get_by_text("Best so far: 100 of 100 points")).to_be_visible(timeout=pace.seconds(90_000))


def stop(page):
    page.get_by_text("Stop …").click()
    page.get_by_role("button", name="Stop the lab").click()
    expect(page.get_by_role("heading", name="Your lab has stopped")).to_be_visible(timeout=pace.seconds(20_000))


def solve(page, lab, look):
    """Solve a lab stage by stage, and see that each stage passes as soon as it is right."""
    start(page, look)
    look()
    typed = solution_of(page, settings.LAB_CATALOG / lab)
    for node, turns in (("r1", ("advertise", "resolver")), ("r2", ("backup",))):
        type_on(page, node, typed[node])
        for stage in turns:
            passed = page.locator(f"#checks-{stage} .verdicts").get_by_text("Passed")
            wanted = page.locator(f"#checks-{stage} .verdicts > li").count()
            expect(passed).to_have_count(wanted, timeout=pace.seconds(20_000))
    look()
    check(page)
    expect(page.locator("#stages > li.pass")).to_have_count(4)
    expect(page.locator("#checks .verdicts .st", has_not_text="Passed")).to_have_count(0)
    look()
    stop(page)
    look()


def say_done(page):
    page.get_by_role("button", name="Mark as done", exact=True).click()
    expect(page.locator("#done")).to_contain_text("Done")
    expect(page.locator("#done")).to_contain_text("Mark as not done")


def see_the_module_finished(page, look):
    page.get_by_role("link", name=COURSE).first.click()
    expect(page.get_by_text("3 of 3 lessons done, 3 of 3 labs passed")).to_be_visible()
    look()
    page.get_by_role("link", name="My progress").click()
    look()
