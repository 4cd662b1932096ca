"""The chaos test counts a learner as right again: saved work is there, and the last lines, unless the page said no."""

import pytest

from labs import failure_sentences
from rigs.chaos import learner as chaos
from rigs.chaos.phases import BEGINS_READY, HAS_WORK, RESETTING

READY = {"state": "ready", "error": "", "job": None, "progress": []}
STOPPED = {**READY, "state": "stopped"}


class Played(chaos.Learner):
    """Ada, whose page says these things one after the other, and in whose lab this is found."""

    def __init__(self, *pages, there):
        self.pages, self.there, self.did = list(pages), there, []
        self.work, self.last, self.was_told, self.saw = "saved", "typed", False, []

    def read_status(self):
        return self.pages.pop(0)

    def types(self, line, seconds=10.0):
        return f"eth0 UP fe80::1\n{self.there}\nit-42"

    def start(self, lab):
        self.did.append("start")

    def resumes(self, lab):
        self.did.append("resume")


def is_right(ada):
    return [chaos._one_step(ada, "chaos", "", 0) for _page in list(ada.pages)][-1]


@pytest.mark.parametrize(
    ("there", "told", "right"),
    [
        ("saved typed", "", True),
        ("saved", "", False),
        ("saved", failure_sentences.NOT_SAVED, True),
        ("typed", failure_sentences.NOT_SAVED, False),
        ("saved", failure_sentences.NEVER_SAVED, True),
        ("", failure_sentences.SENTENCES[failure_sentences.errors.LabGone], False),
    ],
)
def test_what_was_typed_last_is_there_or_ada_was_told_that_it_is_not(there, told, right):
    ada = Played({**STOPPED, "error": told}, READY, there=there)
    assert is_right(ada) is right
    assert ada.did == ["resume"]


def test_a_learner_who_has_typed_has_saved_work_unless_they_discard_it():
    assert set(BEGINS_READY) - set(HAS_WORK) == {RESETTING}
