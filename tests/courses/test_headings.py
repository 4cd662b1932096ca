"""The headings of a lesson: each has an id, and no two have the same."""

from django.utils.safestring import SafeString

from courses.headings import with_ids


def test_each_heading_gets_an_id_and_a_line_in_the_contents():
    html, found = with_ids(SafeString("<p>a</p><h2>See <code>it</code> &amp; try</h2><h3>b</h3>"))
    assert found == [("s-see-it-try", "See it & try")]
    assert '<h2 id="s-see-it-try">See <code>it</code> &amp; try</h2>' in html


def test_two_headings_with_one_text_have_different_ids():
    _html, found = with_ids(SafeString("<h2>One</h2><h2>One</h2><h2>!</h2>"))
    assert [name for name, _text in found] == ["s-one", "s-one-2", "s-3"]


def test_a_numbered_heading_does_not_take_the_id_of_a_second_one():
    _html, found = with_ids(SafeString("<h2>One</h2><h2>One</h2><h2>One 2</h2>"))
    assert [name for name, _text in found] == ["s-one", "s-one-2", "s-one-2-2"]


def test_a_heading_in_another_script_has_an_id_too():
    _html, found = with_ids(SafeString("<h2>Адреса</h2>"))
    assert found == [("s-адреса", "Адреса")]
