"""YAML is read by the parser in C where there is one, as the parser in Python reads it; aliases only in files of others."""

from pathlib import Path

import pytest
import yaml

from labs.typed_yaml import yaml_file
from labs.typed_yaml.yaml_file import mark


@pytest.mark.parametrize("parser", [yaml_file.FAST, yaml.SafeLoader])
def test_a_text_with_a_colon_and_a_space_needs_quotes(parser, monkeypatch):
    monkeypatch.setattr(yaml_file, "FAST", parser)
    [(line, message)] = mark("id: x\ntitle: A packet: for nobody\n").errors
    assert line == 2
    assert message.endswith('A text with ": " in it needs quotation marks.')
    assert "quotation" not in mark("a: [").errors[0][1]


LABS = sorted((Path(__file__).parents[3] / "labs/catalog").glob("*/lab.yaml"))
SCALARS = """\
plain: 12:30
numbers: [1, -2, 3.5, 1e3, 007, 0x1f]
named: [true, false, null, ~, yes, on]
quoted: ["1", 'true', "null", ""]
empty:
block: |
  1
folded: >-
  true
"""


def in_python(text, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(yaml_file, "FAST", yaml.SafeLoader)
        return mark(text)


@pytest.mark.parametrize(
    "text", [SCALARS, *(path.read_text() for path in LABS)], ids=["scalars", *map(str, range(len(LABS)))]
)
def test_both_parsers_read_the_same_values_and_lines(text, monkeypatch):
    fast, slow = mark(text), in_python(text, monkeypatch)
    assert (repr(fast.value), fast.lines, fast.errors) == (repr(slow.value), slow.lines, [])


@pytest.mark.parametrize(
    "text", ["a: [1,", "a: b: c", "\ta: 1", "a: &x 1\nb: *x\n", "[" * 30 + "]" * 30, "a: 1\na: 2\n", "{[]: 1}"]
)
def test_a_mistake_is_reported_in_the_words_of_the_parser_in_python(text, monkeypatch):
    found = mark(text)
    assert found.errors
    assert (found.value, found.errors) == (in_python(text, monkeypatch).value, in_python(text, monkeypatch).errors)


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
