"""Scroll containers of the screen, printed. More about printed pages: test_pages.py and test_lab_page_layout.py."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHEETS = {
    "portrait": {"width": 718, "height": 1047},
    "landscape": {"width": 1047, "height": 718},
}  # A4 within its margins
CUT = """() => [...document.querySelectorAll('main *')].filter((part) => {
    const { overflowX, overflowY } = getComputedStyle(part);
    const scrolls = [overflowX, overflowY].some((way) => !['visible', 'clip'].includes(way));
    const isLarger = part.scrollWidth > part.clientWidth + 1 || part.scrollHeight > part.clientHeight + 1;
    return scrolls && isLarger && !part.closest('.vh, svg');
}).map((part) => part.outerHTML.slice(0, 200))"""


@pytest.mark.parametrize("sheet", SHEETS)
def test_the_terms_of_a_lesson_are_printed_whole(window, live_server, sheet):
    """Regression: on paper that was as wide as a screen, they ended where the window did."""
    page = window(viewport=SHEETS[sheet])
    page.goto(f"{live_server.url}/courses/first-steps/ospfv3-in-one-area/")
    page.evaluate("""() => {
        const terms = document.querySelector('.stays .gloss');
        for (let n = 0; n < 6; n++) terms.after(terms.cloneNode(true));
    }""")
    page.emulate_media(media="print")
    assert page.evaluate(CUT) == []
    assert page.evaluate("getComputedStyle(document.querySelector('.stays')).position") == "static"
    assert page.locator("#contents").is_hidden(), "nobody can follow its links on paper"


LINES = "<code>a line</code><br>" * 200
WIDE = "<code>" + "x" * 2000 + "</code>"


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize(
    ("styles", "part"),
    [
        ("mentoring/mentoring.css", f"<div class=evidence>{LINES}</div>"),
        ("workshops/workshops.css", f"<div class=choices><fieldset><div>{LINES}</div></fieldset></div>"),
        ("workshops/workshops.css", f"<div class=observed><p>Terminals</p><aside>{LINES}</aside></div>"),
        ("labs/lab.css", f"<div id=detail><pre class=out>{LINES}</pre></div>"),
        ("labs/lab.css", f"<div class='packets scroll'>{LINES}</div>"),
        ("labs/lab.css", f"<dialog class=wide open>{LINES}</dialog>"),
        ("labs/lab.css", f"<div class=guide>{LINES}</div>"),
        ("labs/lab.css", f"<div class=prose><pre>{WIDE}</pre><ul><li><pre>{WIDE}</pre></ul></div>"),
        ("courses/courses.css", f"<div class=prose><ul><li><pre>{WIDE}</pre></ul></div>"),
        ("courses/courses.css", f"<pre class=screen>{WIDE}</pre>"),
    ],
)
def test_what_scrolls_on_the_screen_is_whole_on_paper(window, sheet, styles, part):
    rules = "".join(Path(finders.find(name)).read_text() for name in ("web/tokens.css", "web/vaka.css", styles))
    page = window(viewport=SHEETS[sheet])
    page.set_content(f"<!doctype html><style>{rules}</style><body class=tall><main class=work>{part}</main>")
    page.emulate_media(media="print")
    assert page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SHEETS[sheet]["width"]
    assert page.evaluate(
        "[...document.querySelectorAll('main > *')].every((one) => getComputedStyle(one).overflowY === 'visible')"
    )


def test_a_workshop_prints_its_name_and_no_buttons(window):
    """Regression: the plan printed “Change …”, “Duplicate …” and the form of the team, and the timetable not whose it is."""
    rules = "".join(
        Path(finders.find(name)).read_text() for name in ("web/tokens.css", "web/vaka.css", "workshops/workshops.css")
    )
    page = window(viewport=SHEETS["portrait"])
    parts = """<p class="crumbs on-paper"><a href="/">Moana NOG</a></p><a class=btn href="/">Change …</a>
        <table><tr><td><a class=btn href="/">Duplicate …</a></table><ul><li class=row><a class=btn href="/">Lab: OSPF</a></ul>
        <form class=row><label>Name <input></label><button class=btn>Add</button></form>"""
    page.set_content(f"<!doctype html><style>{rules}</style><body><main>{parts}</main>")
    page.emulate_media(media="print")
    assert page.locator("main").inner_text().split("\n") == ["Moana NOG", "", "Lab: OSPF"]
