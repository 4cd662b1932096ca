"""The sentences for a learner whose lab has used up a resource."""

import pytest

from labs.engine.runtime.resource_sentences import sentences
from labs.engine.shared import pace

CALM = {
    "up": True,
    "kernel_memory": False,
    "processes": [20, 200],
    "disk": [100, 65_536],
    "files": [90, 16_384],
    "descriptors": [30, 512],
    "connections": [0, 0],
    "packets": 50,
    "printed": 2_000,
}


def lab(memory=(100_000, 1_048_576), ended=0, cpu=(30, 200), **of_h1):
    return {"memory": list(memory), "ended": ended, "cpu": list(cpu), "nodes": {"h1": {**CALM, **of_h1}}}


def said(measured):
    return [str(text).partition(".")[0] for text in sentences(measured)]


def test_a_quiet_lab_gives_no_sentence():
    assert said(lab()) == []


@pytest.mark.parametrize(
    ("measured", "sentence"),
    [
        (lab(up=False), "Your node h1 does not run any more: its first process has ended"),
        (
            lab(up=False, kernel_memory=True),
            "Your node h1 has stopped, because it used more kernel memory than a lab may: by thousands of connections, "
            "neighbours, routes or waiting packets",
        ),
        (lab(processes=[200, 200]), "Your node h1 has used up its processes (200 of 200)"),
        (lab(disk=[65_500, 65_536]), "Your node h1 has used up its disk (65500 of 65536 KB)"),
        (lab(files=[16_384, 16_384]), "Your node h1 has used up its files (16384 of 16384)"),
        (lab(descriptors=[512, 512]), "A program on your node h1 has used up its open files (512 of 512)"),
        (lab(connections=[262_144, 262_144]), "Your node h1 has used up its tracked connections (262144 of 262144)"),
        (lab(connections=[90_000, 262_144]), "Your node h1 tracks 90000 connections, far more than a lab needs"),
        (lab(packets=150_000), "Your node h1 sends 150000 packets per second"),
        (lab(printed=9 << 20), "A terminal of your node h1 prints 9216 KB per second, more than anyone can read"),
        (lab(memory=(1_048_000, 1_048_576)), "Your lab has used up its memory (1023 of 1024 MB)"),
        (
            lab(ended=2),
            "Your lab has used up its memory (1024 MB), and the kernel has ended 2 of its programs",
        ),
        (lab(cpu=(210, 200)), "Your lab needs more CPU than it gets, so all its programs are slow"),
    ],
)
def test_each_resource_that_is_used_up_is_named_with_its_numbers(measured, sentence):
    assert said(measured) == [sentence]


@pytest.mark.parametrize(("factor", "is_told"), [("1", False), ("10", True)])
def test_how_much_text_is_too_much_follows_the_machine(monkeypatch, factor, is_told):
    monkeypatch.setenv(pace.VARIABLE, factor)
    assert bool(said(lab(printed=100 << 10))) is is_told


@pytest.mark.parametrize(
    "nonsense", [{}, {"memory": "much"}, {"memory": [1, 2], "ended": None, "nodes": []}, lab(disk=7)]
)
def test_nonsense_from_a_supervisor_gives_no_sentence(nonsense):
    assert sentences(nonsense) == []
