"""Anchors and aliases are refused in our own files. In those of others they are read, and cannot make a small file large."""

import pytest

from labs.typed_yaml.yaml_file import mark

BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))


def test_our_own_files_have_no_aliases():
    assert "Anchors" in mark("a: &x 1\nb: *x\n").errors[0][1]


def test_an_alias_stands_for_its_value_and_keeps_its_own_lines():
    marked = mark("a: &x {k: 1}\nb: *x\nc: 2\n", aliases=True)
    assert (marked.value, marked.errors) == ({"a": {"k": 1}, "b": {"k": 1}, "c": 2}, [])
    assert (marked.line(("b",)), marked.line(("c",))) == (2, 3)


@pytest.mark.parametrize("text", [BOMB, "a: &a [*a]\n", "&a {b: *a}\n"])
def test_aliases_that_stand_for_too_much_are_refused(text):
    marked = mark(text, aliases=True)
    assert "stand for too much" in marked.errors[0][1]
    assert marked.value is None
