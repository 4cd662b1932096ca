"""Takes the pictures of docs/img from a whole site of its own. By hand: .venv/bin/python -m tests.live.pictures [FOLDER]

Look at each before you commit it. They are of a trainee half way through her first module, with a mistake in her lab.
"""

import os
import sys
import tempfile
from pathlib import Path

import django
from playwright.sync_api import expect

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vaka.settings_test")
django.setup()

from django.conf import settings  # noqa: E402

from courses.loader import catalogue  # noqa: E402
from labs.engine.shared import pace  # noqa: E402
from tests.live.newcomer import PHONE, WIDE, answer, solution_of, type_on, windows, wrong_answer  # noqa: E402
from tests.live.whole_site import CLONE, Up  # noqa: E402

LAB = settings.LAB_CATALOG / "slaac-two-routers"
MISTAKE = ("vtysh", "configure terminal", "interface eth0", "no ipv6 nd suppress-ra", "end", "show interface eth0")
SCROLL = """(at) => {
  const wanted = document.querySelector(at ?? 'html');
  wanted.scrollIntoView();
  scrollBy(0, wanted.getBoundingClientRect().top - 14);  // in a lab only the guide scrolls, not the window
}"""
MOST = 200_000  # bytes of a picture


class Camera:
    def __init__(self, site, folder):
        self.site, self.folder = site, folder

    def take(self, page, name, path=None, at=None):
        """A picture of the page as it is, or of the page at a path; scrolled so that an element is at the top."""
        if path is not None:
            page.goto(self.site + path)
        page.evaluate("document.fonts.ready")
        page.evaluate(SCROLL, at)
        page.wait_for_timeout(300)
        file = self.folder / f"{name}-{page.viewport_size['width']}.png"
        page.screenshot(path=file)
        size = file.stat().st_size
        print(f"{file} {size // 1000} KB{'' if size <= MOST else ', TOO LARGE'}")


def sign_up(page, site):
    page.goto(f"{site}/accounts/signup/")
    page.get_by_label("E-mail").fill("sina@vaka.example")
    page.get_by_label("Username").fill("sina")
    page.get_by_label("Password", exact=True).fill("a canoe finds its way")
    page.get_by_label("Password (again)").fill("a canoe finds its way")
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("link", name="sina")).to_be_visible()


def learn(page, site, lessons):
    """Take the course, do the first lesson, and half of the quiz of the second."""
    page.goto(f"{site}/courses/first-steps/")
    page.get_by_role("button", name="Enrol in this course").click()
    page.goto(f"{site}/courses/first-steps/{lessons[0].id}/")
    for question in lessons[0].quiz.questions:
        answer(page, question, question.solution)
    page.get_by_role("button", name="Mark as done", exact=True).click()
    page.goto(f"{site}/courses/first-steps/{lessons[1].id}/")
    first, second, third, *_ = lessons[1].quiz.questions
    answer(page, first, wrong_answer(first))
    answer(page, first, first.solution)
    answer(page, second, [*second.solution[1:], second.solution[0]])
    answer(page, third, third.solution)


def work(page, site):
    """Start the lab, solve r1, forget the wrong address of r2, and ask for a check."""
    page.goto(f"{site}/labs/{LAB.name}/")
    page.get_by_role("button", name="Start the lab").click()
    expect(page.get_by_role("tab", name="r1")).to_be_visible(timeout=pace.seconds(60_000))
    type_on(page, "r1", solution_of(page, LAB)["r1"])
    type_on(page, "r2", MISTAKE)
    check(page)


def check(page):
    page.get_by_role("button", name="Check my work").click()
    expect(page.locator("#busy")).to_be_visible()
    expect(page.locator("#busy")).to_have_count(0, timeout=pace.seconds(90_000))


def take_all(site, folder):
    camera = Camera(site, folder)
    [module] = [module for module in catalogue(settings.COURSE_CONTENT)["first-steps"].modules if module.id == "ipv6"]
    lesson = f"/courses/first-steps/{module.lessons[1].id}/"
    with windows(site) as opened:
        desk, phone = opened.open(WIDE), opened.open(PHONE)
        camera.take(desk, "sign-in", "/accounts/login/")
        sign_up(desk, site)
        phone.context.add_cookies(desk.context.cookies())
        learn(desk, site, module.lessons)
        camera.take(desk, "quiz", lesson, at="#q-who-sends")
        camera.take(desk, "lesson", lesson, at="article > h2:has(+ p + figure)")
        camera.take(phone, "lesson", lesson)
        camera.take(desk, "course", "/courses/first-steps/")
        work(desk, site)
        camera.take(desk, "lab", at="#check-length-r2")
        camera.take(phone, "lab", f"/labs/{LAB.name}/")
        camera.take(desk, "home", "/")
        desk.goto(f"{site}/labs/{LAB.name}/")
        type_on(desk, "r2", ("exit", *solution_of(desk, LAB)["r2"]))
        check(desk)
        camera.take(desk, "lab-passed")
        camera.take(desk, "progress", "/progress/")


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else CLONE / "docs/img"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="vaka-pictures-") as scratch:
        up = Up(Path(scratch) / "state", Path(scratch) / "up.log")
        try:
            take_all(f"http://localhost:{up.until_it_serves().port}", folder)
        finally:
            up.end()


if __name__ == "__main__":
    main()
