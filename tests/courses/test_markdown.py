"""A lesson's Markdown is rendered as safe HTML."""

from courses.markdown import Reading, to_html


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
    made = html('::: worked "><script>x</script>\n```\n<script>x</script>\n```\n<script>x</script>\n:::', tmp_path)
    assert "<script" not in made


def test_a_worked_example_highlights_the_prompts(tmp_path):
    made = html(
        "::: worked Neighbours\n```\nr1# show ipv6 ospf6 neighbor\nr1(config)# end\nroot@h1:~# ping\n```\nLook.\n:::",
        tmp_path,
    )
    assert "<b>r1# </b>show ipv6" in made
    assert "<b>r1(config)# </b>end" in made
    assert "<b>root@h1:~# </b>ping" in made
    assert 'aria-label="Neighbours"' in made
    assert "<p>Look.</p>" in made


def test_a_hint_is_closed_until_the_learner_opens_it(tmp_path):
    made = html("::: hint Why?\nBecause of **this**.\n:::", tmp_path)
    assert '<details class="hint"><summary>Why?</summary>' in made
    assert "<strong>this</strong>" in made


def test_a_lab_directive_links_to_the_lab(tmp_path):
    assert 'href="/labs/ospfv3-one-area/"' in html("::: lab ospfv3-one-area\nTry it.\n:::", tmp_path)


def test_colons_in_a_fenced_block_are_not_a_directive(tmp_path):
    made = html("```\n:::\n::: hint no\n```\n", tmp_path)
    assert "::: hint no" in made


def test_a_figure_has_a_number_and_a_caption(tmp_path):
    (tmp_path / "a.svg").write_text("<svg><title>A</title></svg>")
    made = html("::: figure a.svg\nFirst.\n:::\n\n::: figure a.svg\nSecond.\n:::", tmp_path)
    assert 'aria-label="Figure 2"' in made
    assert "<figcaption><p>First.</p>" in made
