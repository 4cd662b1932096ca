"""The examples of docs/authoring-labs.md are valid."""

import re
from pathlib import Path

from labs.engine.authoring import parse
from labs.engine.authoring.filling import Filling, check_choices
from labs.engine.authoring.parse import load_lab
from labs.engine.authoring.schema import LAB as FIELDS
from labs.engine.definition import parameters
from labs.engine.shared.features import FEATURES
from labs.typed_yaml import yaml_file
from labs.typed_yaml.shapes import Problems

DOC = Path(parse.__file__).parents[3] / "docs/authoring-labs.md"
_CHECK, LAB, PARAMETERS, MUTANTS, UNNOTICED = re.findall(
    r"^```yaml\n(.*?)^```", DOC.read_text(), re.MULTILINE | re.DOTALL
)


def value_of(text, tmp_path):
    (tmp_path / "block.yaml").write_text(text)
    return yaml_file.read_yaml(tmp_path / "block.yaml").value


def test_the_first_example_is_a_complete_lab(tmp_path):
    folder = tmp_path / "first-ping"
    (folder / "solution").mkdir(parents=True)
    (folder / "lab.yaml").write_text(LAB)
    (folder / "guide.md").write_text("## Meet {#meet}\n\nMeet.\n")
    (folder / "solution/h1.sh").write_text("ip addr add 2001:db8:0:12::1/64 dev eth0\n")
    assert load_lab(folder).points == 100


def test_the_example_of_parameters_gives_the_values_of_the_table(tmp_path):
    problems = Problems()
    block = PARAMETERS + "  net: {kind: prefix, value: 192.0.2.0/24}\n"
    read = parameters.PARAMETERS.read(value_of(block, tmp_path)["parameters"], (), problems)
    filling = Filling(parameters.resolve(read, parameters.PLAIN, problems))
    check_choices(read, filling, problems)
    assert problems.found == []
    rows = re.findall(r"^\| (`<<.*?) \| (`.*?`) \|", DOC.read_text(), re.MULTILINE)
    assert len(rows) == 8
    for written, said in rows:
        assert filling.fill(written) == (said, [])


def test_the_examples_of_mutants_and_exceptions_are_valid(tmp_path):
    for text, key in ((MUTANTS, "mutants"), (UNNOTICED, "unnoticed")):
        problems = Problems()
        FIELDS.fields[key].shape.read(value_of(text, tmp_path)[key], (key,), problems)
        assert problems.found == []


def test_each_feature_that_a_lab_may_require_is_in_the_table():
    part = DOC.read_text().partition("**What the kernel must have.**")[2].partition("**Links.**")[0]
    assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == sorted(FEATURES)
