"""YAML is read by the parser in C where there is one, and as the parser in Python reads it."""

from pathlib import Path

import pytest
import yaml

from labs.typed_yaml import yaml_file
from labs.typed_yaml.yaml_file import mark

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
