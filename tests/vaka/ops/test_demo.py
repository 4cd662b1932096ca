from vaka.ops.site_client import Page
from vaka.ops.terminal_client import is_prompt, plain

PAGE = """
<a href="/courses/first-steps/ospf/">Lesson</a>
<form action="/search"><input name="q"></form>
<form method="post" action="/courses/first-steps/enrol"><input type="hidden" name="csrfmiddlewaretoken" value="abc">
<button>Enrol</button></form>
<form method="post"><input name="login"><input name="password" type="password"></form>
"""


def test_a_visitor_finds_links_and_the_form_he_wants():
    page = Page("http://vaka.example/courses/first-steps/", PAGE)
    assert page.links == ["http://vaka.example/courses/first-steps/ospf/"]
    enrol = page.form(ending="/enrol")
    assert enrol.action == "http://vaka.example/courses/first-steps/enrol"
    assert enrol.fields == {"csrfmiddlewaretoken": "abc"}
    assert page.form(with_field="password").action == page.address
    assert page.form(ending="/start") is None


def test_a_typist_knows_a_prompt_of_each_program():
    for prompt in ("root@r1:~# ", "r1# ", "r1(config-router)# ", "[root@h1 /]$ ", "root@r1:~# vtysh\n\nr1# ", "> "):
        assert is_prompt(prompt), prompt
    for other in ("", "Building Configuration...\n", "# a comment goes by\n", "64 bytes from 2001:db8::1: seq=1"):
        assert not is_prompt(other), other


def test_a_typist_reads_past_colours_and_bracketed_paste():
    assert plain(b"\x1b[?2004h\x1b]0;r1: ~\x07\x1b[01;32mroot@r1\x1b[00m:~# ") == "root@r1:~# "
