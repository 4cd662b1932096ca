from vaka.ops.terminal_client import is_answered, is_prompt, plain


def test_a_prompt_of_each_program_is_known():
    for prompt in ("root@r1:~# ", "r1# ", "r1(config-router)# ", "[root@h1 /]$ ", "root@r1:~# vtysh\n\nr1# ", "> "):
        assert is_prompt(prompt), prompt
    for other in ("", "Building Configuration...\n", "# a comment goes by\n", "64 bytes from 2001:db8::1: seq=1"):
        assert not is_prompt(other), other


def test_escape_sequences_are_no_text():
    assert plain(b"\x1b[?2004h\x1b]0;r1: ~\x07\x1b[01;32mroot@r1\x1b[00m:~# ") == "root@r1:~# "


def test_a_prompt_that_comes_late_is_no_answer_to_the_next_line():
    assert not is_answered("r1(config)# ", "interface lo")
    assert not is_answered("r1(config)# interface lo", "interface lo")
    assert is_answered("r1(config)# interface lo\nr1(config-if)# ", "interface lo")


def test_a_long_line_that_the_terminal_breaks_is_still_its_echo():
    assert is_answered("echo one two th ree\nroot@r1:~# ", "echo one two three")


def test_without_a_line_any_prompt_is_an_answer():
    assert is_answered("root@r1:~# ", "")
    assert is_answered("\nroot@r1:~# ", " ")
