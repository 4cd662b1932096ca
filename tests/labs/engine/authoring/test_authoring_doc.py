"""The examples of docs/authoring-labs.md are valid."""

import re
from pathlib import Path

from labs.engine.authoring import interface_names, parse, schema
from labs.engine.authoring.filling import Filling, check_choices
from labs.engine.authoring.parse import load_lab
from labs.engine.authoring.schema import LAB as FIELDS
from labs.engine.checks import TYPES
from labs.engine.definition import parameters
from labs.engine.definition.spec import Limits
from labs.engine.runtime.image import RECIPE
from labs.engine.runtime.memory_limit import UNMEASURED
from labs.engine.runtime.shell import LINE
from labs.engine.shared import pace
from labs.engine.shared.features import FEATURES
from labs.engine.shared.frr_daemons import ALWAYS_RUNNING
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


def part(heading):
    return DOC.read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]


def rows(heading):
    """The cells of each row of the tables below a heading, without the heads."""
    lines = [line for line in part(heading).splitlines() if line.startswith("|")]
    return {
        cells[0]: cells[1:] for line in lines if len(cells := [cell.strip() for cell in line.strip("|").split("|")]) > 1
    }


def bounds(field):
    return f"{field.shape.least:g} to {field.shape.most:g}"


def test_the_bounds_of_the_page_are_those_of_the_code():
    check, do, lab = schema.CHECK_FIELDS, schema.DO_FIELDS, FIELDS.fields
    seconds = TYPES["loss.max"].FIELDS["seconds"], TYPES["rate.limit"].FIELDS["seconds"]
    assert bounds(seconds[0]) == bounds(seconds[1])
    said = {name: cells[0] for name, cells in rows("Bounds").items()}
    assert {
        "id of a lab, stage, check, seat or mutant": f"at most {schema.ID.longest} lower-case letters, digits and hyphens",
        "name of a node": f"at most {schema.NODE.longest} lower-case letters, digits and hyphens",
        "name of an interface": "at most 15 lower-case letters, digits, dots and hyphens",
        "`title`, `label`": f"one line, at most {schema.SENTENCE.longest} characters",
        "`summary`, `hint`, `cause`, `complaint`, `reason`, `own_nodes`": f"at most {schema.PARAGRAPH.longest} characters each",
        "a line of `start`, of a mutant or of `unnoticed`": f"at most {schema.COMMAND.longest} characters",
        "`lab.yaml`": f"at most {yaml_file.LARGEST // 1024} KB and {yaml_file.DEEPEST} levels",
        "one file in `files/`": f"at most {parse.LARGEST_FILE // 1024} KB",
        "all files in `files/` together": f"at most {parse.LARGEST_FILES // 1024} KB",
        "`minutes`": bounds(lab["minutes"]),
        "`at`": f"column and row from 0 to {schema.NODE_FIELDS['at'].shape.item.most}",
        "`points`": f"{bounds(check['points'])} for each check",
        "`within`": f"{bounds(check['within'])} seconds",
        "`hold`": f"{bounds(check['hold'])} seconds",
        "`do`: `rate`": f"{do['rate'].shape.least} to {do['rate'].shape.most} kbit/s",
        "`do`: `delay`": f"{bounds(do['delay'])} ms",
        "`do`: `loss`": f"{bounds(do['loss'])} percent",
        "`capture.count`: `seconds`": bounds(TYPES["capture.count"].FIELDS["seconds"]),
        "`loss.max`, `rate.limit`: `seconds`": bounds(seconds[0]),
        "`ping`: `count`": bounds(TYPES["ping"].FIELDS["count"]),
        "one typed line, until its prompt is back": f"{LINE / pace.factor():g} seconds",
    }.items() <= said.items()
    assert re.fullmatch(interface_names.PATTERN, "a" * 15)
    assert not re.fullmatch(interface_names.PATTERN, "a" * 16)


def test_the_limits_of_the_page_are_those_of_the_code():
    said = rows("Bounds")
    for name, field in schema.LIMIT_FIELDS.items():
        limit, without = said[f"`{name}`"]
        assert limit.startswith(bounds(field) + " ")
        plain = UNMEASURED if name == "memory" else getattr(Limits(), name)
        assert re.search(rf"\b{plain:g}\b", without)


def test_the_packages_and_daemons_of_the_page_are_those_of_the_image():
    packages, daemons = part("Programs in the image").split("\n\n")[:2]
    recipe = (RECIPE / "Dockerfile").read_text().partition("AS nodes")[2].partition("--no-install-recommends")[2]
    installed = recipe.partition("&&")[0].replace("\\", " ").split()
    assert re.findall(r"`([^`]+)`", packages) == installed
    named = re.findall(r"`(\w+)`", daemons.partition("A lab can name")[2])
    assert [name for name in named if name != "daemons"] == list(schema.DAEMONS)
    assert set(ALWAYS_RUNNING) <= set(re.findall(r"`(\w+)`", daemons))
