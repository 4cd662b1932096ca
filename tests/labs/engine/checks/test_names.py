"""A reader finds the file of a check type, and its test, by the name of the type."""

from pathlib import Path

import pytest

from labs.engine.checks import TYPES

OTHER_NAMES = {"ospf": "ospf2", "ospf6": "ospf3"}  # by the version of the protocol


@pytest.mark.parametrize("name", TYPES)
def test_the_first_word_of_a_type_is_the_name_of_its_file(name):
    module = TYPES[name].__module__.rpartition(".")[2]
    first = name.split(".")[0]
    assert module == OTHER_NAMES.get(first, first) or module.startswith(f"{first}_"), module


def test_every_test_of_check_types_has_the_name_of_their_file():
    modules = {kind.__module__.rpartition(".")[2] for kind in TYPES.values()}
    general = {"base", "comparison", "families", "hostile_answers", "names", "patterns", "recorded_answers", "vrf"}
    assert {file.stem.removeprefix("test_") for file in Path(__file__).parent.glob("test_*.py")} <= modules | general
