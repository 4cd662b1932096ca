"""What an author gets before a lab runs: a new lab without mistakes, and an error for each mistake."""

import io
from pathlib import Path

import jsonschema
import pytest
from django.core.management import CommandError, call_command

from labs.engine.authoring import schema
from labs.engine.authoring.catalog import check_folder
from labs.engine.authoring.parse import load_lab
from labs.engine.proof.author_run import find_lab_folder, read_answers
from labs.typed_yaml import yaml_file
from labs.typed_yaml.errors import AuthoringErrors

CATALOG = Path(schema.__file__).parents[2] / "catalog"


@pytest.fixture
def new_lab(tmp_path):
    """A lab as ``manage.py new_lab`` makes it."""
    call_command("new_lab", str(tmp_path / "labs/hello"), stdout=io.StringIO())
    return tmp_path / "labs/hello"


def test_a_new_lab_has_no_mistake_and_the_name_of_its_folder(new_lab):
    labs, errors = check_folder(new_lab.parent)
    assert errors == []
    assert labs["hello"].points == 100
    jsonschema.Draft202012Validator(schema.schema()).validate(yaml_file.read_yaml(new_lab / "lab.yaml").value)


def test_its_first_line_names_the_schema_for_editors(new_lab, settings, tmp_path):
    first = (new_lab / "lab.yaml").read_text().splitlines()[0]
    assert Path(first.partition("$schema=")[2]).is_file()
    ours = (CATALOG / "first-ebgp/lab.yaml").read_text().splitlines()[0]
    from labs.engine.authoring.new_lab import schema_path

    assert ours.endswith("$schema=" + schema_path(CATALOG / "hello"))


def test_a_name_alone_is_a_folder_of_the_catalog(settings, tmp_path):
    settings.LAB_CATALOG = tmp_path
    call_command("new_lab", "hello", stdout=io.StringIO())
    assert find_lab_folder("hello", tmp_path) == tmp_path / "hello"


@pytest.mark.parametrize(
    ("name", "said"), [("hello", "exists already"), ("Hello You", "is not an id"), ("-", "is not an id")]
)
def test_an_author_reads_why_a_lab_cannot_be_created(new_lab, name, said):
    with pytest.raises(CommandError, match=said):
        call_command("new_lab", str(new_lab.parent / name))
    assert (new_lab / "lab.yaml").is_file()


def test_answers_are_read_as_a_solution_is(new_lab, tmp_path):
    lab = load_lab(new_lab)
    assert read_answers(new_lab / "solution", lab) == {
        "r1": lab.solution["address"]["r1"] + lab.solution["route"]["r1"]
    }


def test_answers_may_have_placeholders(tmp_path):
    lab = load_lab(CATALOG / "first-ebgp", seed=7)
    (tmp_path / "r1.sh").write_text("# mine\necho <<me>>\n")
    assert read_answers(tmp_path, lab) == {"r1": (f"echo {lab.parameters['me']}",)}
    (tmp_path / "r1.sh").write_text("ls\necho <<mee>>\n")
    with pytest.raises(AuthoringErrors, match=r'r1.sh:2: <<mee>>: There is no parameter "mee"'):
        read_answers(tmp_path, lab)


def test_answers_for_an_unknown_node_are_reported_with_their_file(new_lab, tmp_path):
    (tmp_path / "isp.sh").write_text("ls\n")
    (tmp_path / "r1.txt").write_text("ls\n")
    with pytest.raises(AuthoringErrors) as caught:
        read_answers(tmp_path, load_lab(new_lab))
    named = [Path(error.file).name for error in caught.value.errors]
    assert {"isp.sh", "r1.txt"} <= set(named)
    with pytest.raises(AuthoringErrors, match="There is nothing to type"):
        read_answers(tmp_path / "nowhere", load_lab(new_lab))


@pytest.mark.parametrize("how", [(), ("--json",)])
def test_an_unknown_lab_has_the_exit_status_2(how, capsys):
    with pytest.raises(CommandError) as caught:
        call_command("try_lab", "first-egbp", *how)
    assert caught.value.returncode == 2
    assert 'did you mean "first-ebgp"?' in str(caught.value)
    assert ("error" in capsys.readouterr().out) == bool(how)


def test_a_mistake_in_a_lab_is_reported_with_its_line(new_lab):
    text = (new_lab / "lab.yaml").read_text()
    (new_lab / "lab.yaml").write_text(text.replace("points: 20", "points: 0", 1))
    with pytest.raises(CommandError, match=r"hello/lab\.yaml:\d+: points must be") as caught:
        call_command("try_lab", str(new_lab))
    assert caught.value.returncode == 2
