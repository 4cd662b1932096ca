"""A lesson's Markdown is rendered as safe HTML."""

import pytest

from courses.lesson_marks import Reading
from courses.markdown import to_html
from courses.number_places import Screen, Source


def html(text: str, tmp_path) -> str:
    reading = Reading(tmp_path)
    made = to_html(text, reading)
    assert reading.errors == []
    return made


def test_html_in_a_lesson_is_shown_as_text(tmp_path):
    made = html('<script>alert(1)</script>\n\n<img src=x onerror="alert(1)">\n\n[x](javascript:alert(1))', tmp_path)
    assert "<script" not in made
    assert "<img" not in made
    assert 'href="javascript' not in made


def test_html_in_a_directive_is_shown_as_text(tmp_path):
    made = html(
        '::: worked "><script>x</script>\n```config\n<script>x</script>\n```\n<script>x</script>\n:::', tmp_path
    )
    assert "<script" not in made


def test_a_worked_example_highlights_the_prompts(tmp_path):
    made = html(
        "::: worked Neighbours\n```config\nr1# show ipv6 ospf6 neighbor\nr1(config)# end\nroot@h1:~# ping\n```\nLook.\n:::",
        tmp_path,
    )
    assert "<b>r1# </b>show ipv6" in made
    assert "<b>r1(config)# </b>end" in made
    assert "<b>root@h1:~# </b>ping" in made
    assert 'aria-label="Neighbours"' in made
    assert "<p>Look.</p>" in made


@pytest.mark.parametrize(("word", "is_typed"), [("config", True), ("layout", False), ("quote", False)])
def test_a_screen_says_whether_readers_can_type_what_it_shows(tmp_path, word, is_typed):
    assert ("data-typed" in html(f"::: worked Rules\n```{word}\nversion 4\n```\n:::", tmp_path)) is is_typed


def test_a_hint_is_closed_until_the_learner_opens_it(tmp_path):
    made = html("::: hint Why?\nBecause of **this**.\n:::", tmp_path)
    assert '<details class="hint"><summary>Why?</summary>' in made
    assert "<strong>this</strong>" in made


def test_a_lab_directive_links_to_the_lab(tmp_path):
    assert 'href="/labs/ospfv3-one-area/"' in html("::: lab ospfv3-one-area\nTry it.\n:::", tmp_path)


def test_colons_in_a_fenced_block_are_not_a_directive(tmp_path):
    made = html("```quote\n:::\n::: hint no\n```\n", tmp_path)
    assert "::: hint no" in made


def test_a_figure_has_a_number_and_a_caption(tmp_path):
    (tmp_path / "a.svg").write_text("<svg><title>A</title></svg>")
    made = html("::: figure a.svg\nFirst.\n:::\n\n::: figure a.svg\nSecond.\n:::", tmp_path)
    assert 'aria-label="Figure 2"' in made
    assert "<figcaption><p>First.</p>" in made


def errors(text: str, tmp_path) -> list[tuple[int, str]]:
    reading = Reading(tmp_path)
    to_html(text, reading)
    return reading.errors


OUTPUT = "```output a-lab untouched\nr1# show <b>\n```\n"


def test_an_output_that_is_not_recorded_yet_shows_what_is_typed(tmp_path):
    reading = Reading(tmp_path)
    to_html(f"::: worked Up\n{OUTPUT}:::\n", reading)
    assert reading.errors == []
    assert reading.places.made == [Screen("a-lab", "r1# show <b>"), Source(Screen("a-lab", "r1# show <b>"))]


def test_an_output_outside_a_worked_example_is_an_error(tmp_path):
    [(line, message)] = errors(f"One\n\n{OUTPUT}", tmp_path)
    assert line == 3
    assert "::: worked TITLE" in message


def test_a_mistake_in_an_output_has_its_own_line(tmp_path):
    text = "One\n\n::: worked Up\nBefore.\n```output a-lab untouched\nr1# show bgp\n  onyl: x\n```\n:::\n"
    [(line, message)] = errors(text, tmp_path)
    assert line == 7
    assert 'There is no option "onyl"' in message


def test_a_number_without_a_lab_is_an_error(tmp_path):
    assert errors("One\n\nTwo <<site:a3::10>>\n", tmp_path) == [
        (3, "<<site:a3::10>>: The lesson has no lab of its own. Name one: <<LAB site:a3::10>>.")
    ]


def test_no_author_can_write_a_place(tmp_path):
    assert "\ue002" not in html("a \ue0020\ue003 b", tmp_path)
