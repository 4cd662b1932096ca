"""The results of trials are kept for the same lab, and for no other version of it."""

import pytest

from labs.engine.authoring.new_lab import create
from labs.engine.authoring.parse import load_lab
from labs.engine.proof.proof import trials
from labs.engine.proof.trial_result import TrialResult
from labs.engine.state.facts import Section
from labs.proving.kept_trials import KeptTrials

SOLVED = TrialResult(start=1.5, memory=7, untouched=["far"], state={"r1": {Section.ROUTES: {"::/0": "static"}}})


@pytest.fixture(autouse=True)
def _own_state(tmp_path, settings):
    settings.STATE_DIR = tmp_path / "state"


@pytest.fixture
def every(tmp_path):
    create(tmp_path / "alpha")
    return trials(load_lab(tmp_path / "alpha"))


def test_a_result_is_read_as_it_was_kept_and_only_for_its_trial(every):
    kept = KeptTrials("alpha", {"lab": "a"})
    assert kept.result(every[0]) is None
    kept.keep(every[0], SOLVED)
    kept.keep(every[-1], TrialResult(noticed_by="far"))
    assert kept.result(every[0]) == SOLVED
    assert kept.result(every[-1]).noticed_by == "far"
    assert [one for one in every[1:-1] if kept.result(one)] == []


def test_nothing_counts_for_a_lab_that_has_changed_and_its_next_result_removes_the_old_ones(every):
    old, new = KeptTrials("alpha", {"lab": "a"}), KeptTrials("alpha", {"lab": "b"})
    old.keep(every[0], SOLVED)
    assert new.result(every[0]) is None
    new.keep(every[0], SOLVED)
    assert not old.folder.exists()


def test_a_result_whose_writing_was_cut_off_is_left_out(every):
    kept = KeptTrials("alpha", {"lab": "a"})
    kept.keep(every[0], SOLVED)
    kept.keep(every[1], SOLVED)
    last = max(kept.folder.iterdir(), key=lambda file: file.stat().st_mtime_ns)
    last.write_text(last.read_text()[:-20])
    assert kept.result(every[0]) == SOLVED
    assert kept.result(every[1]) is None
    kept.keep(every[2], SOLVED)
    assert kept.result(every[2]) == SOLVED, "what is kept after it can be read"
    kept.forget()
    assert kept.result(every[0]) is None
