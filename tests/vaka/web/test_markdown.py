"""Markdown of lessons and guides becomes HTML."""

from django.utils.safestring import SafeString

from vaka.web.markdown import render

TABLE = "| Where | [x](#a) `ll` & | What | Why |\n|---|---|---|---|\n| here | 1 | 2 | 3 |\n"


def test_a_table_scrolls_in_a_box_that_the_keyboard_reaches():
    made = render(TABLE)
    assert (
        '<div class="scroll" tabindex="0" role="region" aria-label="Table: Where, x ll &amp;, What, Why"><table>'
        in made
    )
    assert made.rstrip().endswith("</table></div>")


def test_a_block_of_code_that_scrolls_is_reached_by_keyboard_and_a_command_wraps():
    made = render("```config\n! a long line\n```\n\n    indented & long\n\n```console r1\nip link\n```\n", nodes=["r1"])
    assert '<pre tabindex="0"><code class="language-config">! a long line' in made
    assert '<pre tabindex="0"><code>indented &amp; long' in made
    assert '<pre class="out" data-node="r1"><code>ip link' in made


def test_raw_html_cannot_create_a_box():
    made = render('<div role="button" class="bar" tabindex="0">Press</div>')
    assert "<div" not in made


def test_a_quote_in_a_column_title_is_escaped_in_the_label():
    assert 'aria-label="Table: say &quot;hi&quot; onclick=x, b">' in render(
        '| say "hi" onclick=x | b |\n|---|---|\n| 1 | 2 |'
    )


def test_the_name_of_an_rfc_becomes_a_link_once_and_not_in_code():
    text = "BGP (RFC 4271), `RFC 8212`, [RFC 7454](https://www.rfc-editor.org/rfc/rfc7454)."
    made = render(text, links_rfcs=True)
    assert '(<a href="https://www.rfc-editor.org/rfc/rfc4271" rel="noopener">RFC 4271</a>)' in made
    assert "<code>RFC 8212</code>" in made
    assert made.count("<a ") == 2
    assert render(text).count("<a ") == 1


def test_what_stands_in_bold_can_be_replaced_by_html_of_ours():
    made = render(
        "A **leak**, and **not <b>this</b>**.",
        bold=lambda said: SafeString(f"<i>{said}</i>") if said == "leak" else None,
    )
    assert made == "<p>A <strong><i>leak</i></strong>, and <strong>not &lt;b&gt;this&lt;/b&gt;</strong>.</p>\n"
