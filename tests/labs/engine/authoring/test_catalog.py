"""The properties that all our labs share. tests/live/test_our_labs.py solves them."""

from pathlib import Path

import pytest

from labs.engine.authoring import catalog

LABS = catalog.Catalog(Path(catalog.__file__).parents[2] / "catalog").labs
SHORT = 15  # minutes of a lab that has two stages


@pytest.mark.parametrize("name", LABS)
def test_a_lab_has_stages_and_a_hundred_points(name):
    assert len(LABS[name].stages) >= (2 if LABS[name].minutes <= SHORT else 3)
    assert LABS[name].points == 100
