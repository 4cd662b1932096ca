"""The grammar of comparisons."""

import json

import pytest

from labs.engine.checks import TYPES
from labs.engine.checks.comparison import Compare, CompareSet, SetOf
from labs.engine.translatable_text import Text
from labs.typed_yaml.shapes import Problems


@pytest.mark.parametrize(
    ("how", "words"),
    [("subset", "a, b"), ("exact", "exactly a, b"), ("none", "without a, b"), ("superset", "only a, b")],
)
def test_an_expected_set_is_put_into_words(how, words):
    assert str(SetOf(how, ("a", "b"), str)) == words


def test_tolerances_and_comparisons_of_sets():
    def accepts(shape, written, seen):
        problems = Problems()
        want = shape.read(written, ("x",), problems)
        assert problems.found == []
        return want.accepts(seen)

    assert [accepts(Compare(), "100 ~10%", seen) for seen in (89, 90, 110, 111)] == [False, True, True, False]
    hops = CompareSet("address")
    assert accepts(hops, {"superset": ["::1", "::2"]}, ["::1"])
    assert not accepts(hops, {"superset": ["::1"]}, ["::1", "::2"])
    assert not accepts(hops, {"superset": ["::1"]}, [])
    assert accepts(hops, {"any": "::1"}, ["::2", "::1"])
    assert not accepts(hops, {"all": "::1"}, ["::2", "::1"])
    assert not accepts(hops, {"all": "::1"}, [])
    assert accepts(CompareSet("number"), {"all": "<10"}, [1, 2])


GERMAN = {
    "a text that begins with “%(words)s”": "ein Text, der mit „%(words)s“ beginnt",
    "a route to %(prefix)s %(fields)s": "eine Route nach %(prefix)s %(fields)s",
    "an OSPF route with %(what)s": "eine OSPF-Route mit %(what)s",
    "these programs run: %(names)s": "diese Programme laufen: %(names)s",
    "exactly %(values)s": "genau %(values)s",
    "without %(values)s": "ohne %(values)s",
    "only %(values)s": "nur %(values)s",
    "none": "keine",
    "each of them: %(want)s": "jedes %(want)s",
    "one of them: %(want)s": "eines %(want)s",
    "number: %(want)s": "Anzahl %(want)s",
}


@pytest.mark.parametrize(
    ("name", "expect", "words"),
    [
        (
            "fib.route",
            {"prefix": "2001:db8::/32", "dev": {"exact": ["eth0", "eth1"]}, "via": {"none": ["fe80::1"]}},
            "eine Route nach 2001:db8::/32 via ohne fe80::1, dev genau eth0, eth1",
        ),
        (
            "ospf.route",
            {"prefix": "10.0.0.0/8", "dev": {"superset": ["eth0"]}},
            "mit prefix 10.0.0.0/8, dev nur",
        ),
        ("ospf.route", {"prefix": "10.0.0.0/8", "dev": {"exact": []}}, "dev keine"),
        (
            "process.running",
            {"names": {"any": {"regex": "^b"}}},
            "diese Programme laufen: eines ein Text, der mit „b“ beginnt",
        ),
        ("process.running", {"names": {"all": {"ne": "bgpd"}}}, "diese Programme laufen: jedes ≠ bgpd"),
        ("process.running", {"names": {"count": ">2"}}, "diese Programme laufen: Anzahl > 2"),
    ],
)
def test_a_comparison_is_translated_inside_its_sentence(name, expect, words):
    expected = Text.from_json(json.loads(json.dumps(TYPES[name].parse(expect).expected().as_json())))
    assert words in expected.translated(lambda sentence: GERMAN.get(sentence, sentence))
