"""Predicted echo on a page, over a connection whose round trip takes 600 ms."""

import time

import pytest
from playwright.sync_api import expect

from labs.engine.shared import pace
from tests.browser.terminals.locators import connection, screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ROUND_TRIP, LONG = 0.6, 4.0  # seconds
SHOWN_WITHIN = 50  # ms
MEASURE = """() => {
    const layer = document.querySelector('.shell-panel:not([hidden]) .shell-predicted');
    window.shownAfter = [];
    let pressed;
    addEventListener('keydown', () => { pressed = performance.now(); }, { capture: true });
    new MutationObserver(() => {
        if (pressed && layer.querySelector('.new')) { shownAfter.push(performance.now() - pressed); pressed = undefined; }
    }).observe(layer, { childList: true });
}"""
# Whether the page has its answer to all marks, so that the next key is predicted
ANSWERED = """() => {
    const predictor = document.querySelector('lab-terminals').current.screen.prediction?.predictor;
    return predictor && predictor.answered >= predictor.blocked;
}"""
# Whether the last answer of the terminal's connection has taken more, or less, than so many milliseconds
ROUND_TRIP_IS = "() => document.querySelector('lab-terminals').current?.screen.connection.lag {}"


def predicted(page):
    return page.locator(".shell-panel:not([hidden]) .shell-predicted")


def button(page):
    return page.get_by_role("button", name="Predict")


@pytest.fixture
def slow(at, opened):
    at.link.delay = ROUND_TRIP / 2
    page = opened()
    page.get_by_role("tab", name="r1").click()
    expect(connection(page)).to_contain_text("Connected")
    expect(predicted(page)).to_have_count(1)
    page.wait_for_function(ANSWERED)  # what was typed before is not known
    at.link.delay = LONG / 2  # so that no echo comes before the test has looked
    return page


def test_letters_are_shown_within_50_ms_and_are_the_terminals_own_once_their_echo_is_there(slow):
    slow.evaluate(MEASURE)
    slow.keyboard.type("show ip", delay=40)
    expect(predicted(slow).locator(".new").first).to_have_css("text-decoration-line", "underline")
    assert predicted(slow).locator(".new").all_inner_texts() == list("showip")
    assert "show" not in screen(slow).inner_text()
    expect(screen(slow)).to_contain_text("r1# show ip")
    expect(predicted(slow).locator("span")).to_have_count(0)
    took = slow.evaluate("shownAfter")
    assert len(took) >= 6
    assert max(took) < SHOWN_WITHIN


def test_a_letter_lies_where_its_echo_will_be(slow):
    slow.keyboard.type("m水m")
    boxes = predicted(slow).locator(".new")
    expect(boxes).to_have_count(3)
    before = boxes.evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().x)")
    expect(screen(slow)).to_contain_text("m水m")
    cells = slow.evaluate("""() => {
        const rows = document.querySelector('.shell-panel:not([hidden]) .xterm-rows');
        const text = document.createTreeWalker(rows, NodeFilter.SHOW_TEXT);
        const range = document.createRange();
        const found = [];
        while (text.nextNode()) for (let at = 0; at < text.currentNode.length; at += 1) {
            if (!'m水'.includes(text.currentNode.data[at])) continue;
            range.setStart(text.currentNode, at); range.setEnd(text.currentNode, at + 1);
            found.push(range.getBoundingClientRect().x);
        }
        return found;
    }""")
    assert before == pytest.approx(cells, abs=2)


def test_a_line_that_wraps_is_predicted_on_its_next_row(slow):
    slow.keyboard.insert_text("x" * 199)
    letters = predicted(slow).locator(".new")
    expect(letters).to_have_count(199)
    # In one question: their echo takes them away
    tops = letters.evaluate_all("(all) => all.map((one) => Math.round(one.getBoundingClientRect().y))")
    assert len(set(tops)) > 1
    expect(predicted(slow).locator("span")).to_have_count(0)
    assert screen(slow).inner_text().count("x") == 199


def test_nothing_is_shown_of_a_password_or_in_a_program_that_repaints(at, slow):
    at.relay.say(b"\r\nPassword: ")
    expect(screen(slow)).to_contain_text("Password: ")
    at.relay.rings.clear()
    at.relay.echoes = False
    slow.keyboard.type("secret", delay=150)
    expect(predicted(slow).locator("span")).to_have_count(0)
    at.relay.say(b"\r\nr1# \x1b[?1049hr1# ")
    expect(screen(slow)).not_to_contain_text("Password: ")  # the program has the screen
    slow.keyboard.type("dd", delay=50)
    expect(predicted(slow).locator("span")).to_have_count(0)


def test_what_was_predicted_wrongly_vanishes_within_a_round_trip(at, slow):
    at.relay.echoes = False  # it looks like a prompt, and nothing is echoed
    slow.keyboard.type("se")
    expect(predicted(slow).locator(".new")).to_have_count(2)
    begun = time.monotonic()
    expect(predicted(slow).locator("span")).to_have_count(0)
    assert time.monotonic() - begun < LONG + pace.seconds(1)
    slow.keyboard.type("cret", delay=100)
    expect(predicted(slow).locator("span")).to_have_count(0)


def test_the_learner_can_switch_it_off_for_good(slow):
    expect(button(slow)).to_have_attribute("aria-pressed", "true")
    button(slow).click()
    expect(predicted(slow)).to_have_count(0)
    slow.reload()
    slow.get_by_role("tab", name="r1").click()
    expect(button(slow)).to_have_attribute("aria-pressed", "false")  # the page loads over the slow connection again
    expect(predicted(slow)).to_have_count(0)


def test_one_slow_answer_of_a_fast_connection_offers_nothing(at, opened):
    at.link.delay = ROUND_TRIP / 2
    page = opened()
    page.get_by_role("tab", name="r1").click()
    page.wait_for_function(ROUND_TRIP_IS.format("> 100"))
    at.link.delay = 0
    page.wait_for_function(ROUND_TRIP_IS.format("< 100"))
    page.keyboard.type("show", delay=300)
    expect(connection(page)).to_contain_text("ms")
    expect(button(page)).to_have_count(0)


def test_a_fast_connection_loads_and_offers_nothing_of_it(opened):
    page = opened()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("tab", name="r1").click()
    expect(connection(page)).to_contain_text("Connected")
    page.keyboard.type("show", delay=300)
    expect(connection(page)).to_contain_text("ms")
    expect(button(page)).to_have_count(0)
    assert [url for url in asked if "predict" in url] == []
