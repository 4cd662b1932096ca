"""A lab that is being written can run, and its author still reads what is missing."""

import pytest

from labs.engine.authoring.parse import load_lab
from labs.engine.authoring.runnable_while_unfinished import load_unfinished
from labs.typed_yaml.authoring_errors import AuthoringErrors


def test_a_lab_without_a_guide_can_run(lab_folder):
    (lab_folder / "guide.md").unlink()
    lab, missing = load_unfinished(lab_folder)
    assert lab.nodes
    assert {one.file for one in missing} == {str(lab_folder / "guide.md")}
    with pytest.raises(AuthoringErrors):
        load_lab(lab_folder)


def test_a_finished_lab_lacks_nothing(lab_folder):
    lab, missing = load_unfinished(lab_folder)
    assert (lab, missing) == (load_lab(lab_folder), [])


def test_a_lab_that_cannot_run_is_an_error(lab_folder):
    (lab_folder / "lab.yaml").unlink()
    with pytest.raises(AuthoringErrors):
        load_unfinished(lab_folder)
