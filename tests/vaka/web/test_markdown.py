"""Markdown of lessons and guides becomes HTML."""

from vaka.web.markdown import render

TABLE = "| Where | [x](#a) `ll` & | What | Why |\n|---|---|---|---|\n| here | 1 | 2 | 3 |\n"


def test_a_table_scrolls_in_a_box_that_the_keyboard_reaches():
    made = render(TABLE)
    assert (
        '<div class="scroll" tabindex="0" role="region" aria-label="Table: Where, x ll &amp;, What, Why"><table>'
        in made
    )
    assert made.rstrip().endswith("</table></div>")


def test_raw_html_cannot_create_a_box():
    made = render('<div role="button" class="bar" tabindex="0">Press</div>')
    assert "<div" not in made


def test_a_quote_in_a_column_title_is_escaped_in_the_label():
    assert 'aria-label="Table: say &quot;hi&quot; onclick=x, b">' in render(
        '| say "hi" onclick=x | b |\n|---|---|\n| 1 | 2 |'
    )
