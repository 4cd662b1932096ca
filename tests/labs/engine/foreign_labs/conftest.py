"""Whole imports: of a lab of Kathara, which has tests, and of one of containerlab, which has none."""

import pytest

from labs.engine.foreign_labs.importing import import_lab
from tests.labs.engine.foreign_labs.foreign import CONTAINERLAB, KATHARA, lab_folder


@pytest.fixture
def kathara(tmp_path):
    return import_lab(lab_folder(tmp_path / "kathara", KATHARA), tmp_path / "from-kathara")


@pytest.fixture
def containerlab(tmp_path):
    return import_lab(lab_folder(tmp_path / "clab", CONTAINERLAB), tmp_path / "from-containerlab")
