"""Pages as the client of a site reads them: links and forms."""

from vaka.ops.site_client import Page

PAGE = """
<a href="/courses/first-steps/ospf/">Lesson</a>
<form action="/search"><input name="q"></form>
<form method="post" action="/courses/first-steps/enrol"><input type="hidden" name="csrfmiddlewaretoken" value="abc">
<button>Enrol</button></form>
<form method="post"><input name="login"><input name="password" type="password"></form>
"""


def test_a_page_has_its_links_and_the_form_that_is_wanted():
    page = Page("http://vaka.example/courses/first-steps/", PAGE)
    assert page.links == ["http://vaka.example/courses/first-steps/ospf/"]
    enrol = page.form(ending="/enrol")
    assert enrol.action == "http://vaka.example/courses/first-steps/enrol"
    assert enrol.fields == {"csrfmiddlewaretoken": "abc"}
    assert page.form(with_field="password").action == page.address
    assert page.form(ending="/start") is None
