"""A fixed address may not lie where the prefix of a parameter can be drawn."""

import pytest

from labs.engine.authoring.drawn_prefixes import mistakes
from labs.engine.authoring.parse import load_lab

OWN = 'parameters:\n  own: {kind: prefix, value: "%s"}\n'


def found(folder, own, fixed):
    text = (folder / "lab.yaml").read_text().replace("2001:db8:1::", fixed)
    (folder / "lab.yaml").write_text(text + OWN % own)
    return mistakes(load_lab(folder))


@pytest.mark.parametrize(("own", "fixed"), [("2001:db8:500::/48", "2001:db8:1::"), ("3fff:500::/32", "3fff:1::")])
def test_a_fixed_address_that_a_prefix_can_be_drawn_over_is_an_error(own, fixed, lab_folder):
    error = found(lab_folder, own, fixed)[0]
    assert "is fixed, and own can be drawn with the same prefix" in error.message
    assert fixed in (lab_folder / "lab.yaml").read_text().splitlines()[error.line - 1]


def test_the_first_prefix_and_the_other_documentation_prefix_are_never_drawn(lab_folder):
    assert found(lab_folder, "3fff:500::/32", "2001:db8:0:1::") == []
    text = (lab_folder / "lab.yaml").read_text()
    (lab_folder / "lab.yaml").write_text(text.replace("3fff:500::/32", "2001:db8:500::/48").replace("ff::1", "0:ff::1"))
    assert [error for error in mistakes(load_lab(lab_folder)) if "2001:db8:0:1::" in error.message] == []


def test_without_parameters_all_addresses_are_fixed(lab_folder):
    assert mistakes(load_lab(lab_folder)) == []
