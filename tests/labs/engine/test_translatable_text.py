"""Sentences that can be translated later."""

import json

from labs.engine.translatable_text import Text


def test_a_text_keeps_its_sentence_apart_and_is_bounded():
    text = Text("%(node)s has %(count)s routes", node="r\x00\x1b[31m1\ud800", count=5)
    assert str(text) == "r[31m1 has 5 routes"
    assert Text.from_json(json.loads(json.dumps(text.as_json()))) == text
    assert len(str(Text.plain("x" * 10_000))) == 400
    assert str(Text.plain("100 % sure")) == "100 % sure"


def test_a_sentence_in_a_sentence_is_translated_too():
    text = Text.of(Text("It is %(what)s.", what=Text("red")), Text("Look."))
    there = json.loads(json.dumps(text.as_json()))
    assert Text.from_json(there) == text
    assert str(text) == "It is red. Look."
    assert text.says("Look.")
    assert not text.says("It is red.")
    german = {"It is %(what)s.": "Es ist %(what)s.", "red": "rot", "Look.": "Schau %(that)s."}
    assert Text.from_json(there).translated(lambda words: german.get(words, words)) == "Es ist rot. Look."
