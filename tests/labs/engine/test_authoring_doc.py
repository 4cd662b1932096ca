"""The examples of docs/authoring-labs.md are labs and checks that we take."""

import re
from pathlib import Path

import jsonschema
import pytest

from labs.engine import parameters, parse, schema, yamlfile
from labs.engine.checks import TYPES
from labs.engine.filling import Filling, check_choices
from labs.engine.parse import load_lab
from labs.engine.shapes import Problems

DOC = Path(parse.__file__).parents[2] / "docs/authoring-labs.md"
LAB, PARAMETERS, *CHECKS = re.findall(r"^```yaml\n(.*?)^```", DOC.read_text(), re.MULTILINE | re.DOTALL)


def value_of(text, tmp_path):
    (tmp_path / "block.yaml").write_text(text)
    return yamlfile.read_yaml(tmp_path / "block.yaml").value


def test_the_first_example_is_a_whole_lab(tmp_path):
    folder = tmp_path / "first-ping"
    (folder / "solution").mkdir(parents=True)
    (folder / "lab.yaml").write_text(LAB)
    (folder / "guide.md").write_text("## Meet {#meet}\n\nMeet.\n")
    (folder / "solution/h1.sh").write_text("ip addr add 2001:db8:0:12::1/64 dev eth0\n")
    assert load_lab(folder).points == 100


def test_the_example_of_parameters_gives_what_the_table_says(tmp_path):
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


@pytest.mark.parametrize("block", CHECKS, ids=lambda block: block.split("type: ")[1].split()[0])
def test_an_example_of_a_check_is_one(block, tmp_path):
    [check] = value_of(block, tmp_path)
    TYPES[check["type"]].parse(check["expect"])
    whole = value_of(LAB, tmp_path)
    whole["stages"][0]["checks"] = [check]
    jsonschema.Draft202012Validator(schema.schema()).validate(whole)


def test_every_check_type_and_every_field_is_in_the_doc():
    text = DOC.read_text()
    for name, kind in TYPES.items():
        part = text.split(f"### {name}\n")[1].split("### ")[0]
        assert all(f"`{field}`" in part for field in kind.FIELDS), name
