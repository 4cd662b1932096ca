"""An author's commands before a lab runs: a new lab without mistakes, and an error for each mistake."""

import io
from pathlib import Path

import jsonschema
import pytest
from django.core.management import CommandError, call_command

from labs.engine.author_runs.author_run import AuthorRun, read_answers
from labs.engine.authoring import schema
from labs.engine.authoring.catalog import check_folder
from labs.engine.authoring.parse import load_lab
from labs.engine.errors import EngineError, LabFailed
from labs.management.commands import try_lab
from labs.typed_yaml import yaml_file
from labs.typed_yaml.authoring_errors import AuthoringErrors

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
    assert (tmp_path / "hello/lab.yaml").is_file()


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


def test_many_sets_of_answers_are_folders_with_a_file_for_each_node(new_lab, tmp_path):
    (tmp_path / "sets/good").mkdir(parents=True)
    (tmp_path / "sets/good/r1.sh").write_text("true\n")
    (tmp_path / "sets/bad").mkdir()
    (tmp_path / "sets/bad/isp.sh").write_text("true\n")
    (tmp_path / "sets/r1.sh").write_text("true\n")
    with pytest.raises(CommandError) as caught:
        call_command("try_lab", str(new_lab), "--answers-all", str(tmp_path / "sets"))
    assert caught.value.returncode == 2
    assert "sets/bad/isp.sh:1: The file must be NODE.sh" in str(caught.value)
    assert "sets/r1.sh:1: A set of answers is a folder." in str(caught.value)
    with pytest.raises(CommandError, match="There are no answers"):
        call_command("try_lab", str(new_lab), "--answers-all", str(tmp_path / "nothing"))


def test_a_command_for_a_node_that_does_not_exist_is_reported_before_the_lab_starts(new_lab):
    with pytest.raises(CommandError, match='There is no node "r2" with a shell: use one of h1, r1, isp'):
        call_command("try_lab", str(new_lab), "--run", "r2: show bgp summary")


STAGE = """\
  - id: more
    title: Add more
    checks:
      - {id: up, type: node.up, title: r1 runs, on: [r1], expect: {}}
mutants:
  - id: other
    title: A line that is not typed yet
    changes: [{on: r1, line: ip route add blackhole 192.0.2.0/24}]
    fails: [up]
"""


def test_a_lab_runs_before_its_guide_its_solution_and_its_mutants_are_written(new_lab):
    (new_lab / "lab.yaml").write_text((new_lab / "lab.yaml").read_text() + STAGE)
    run = AuthorRun(new_lab, 0, solve=True)
    lab, lines = run.read()
    assert [stage.id for stage in lab.stages] == ["address", "route", "more"]
    assert lines == {"r1": lab.solution["address"]["r1"] + lab.solution["route"]["r1"]}
    assert [Path(error.file).name for error in run.unfinished] == ["guide.md", "solution"]
    with pytest.raises(AuthoringErrors, match='The stage "more" has no section'):
        load_lab(new_lab)

    (new_lab / "guide.md").write_text((new_lab / "guide.md").read_text() + "\n## More {#more}\n\nMore.\n")
    (new_lab / "solution/r1.sh").write_text((new_lab / "solution/r1.sh").read_text() + "# stage: more\n")
    run.read()
    assert ["is not typed" in error.message or "no line" in error.message for error in run.unfinished] == [True]
    (new_lab / "solution/r1.sh").unlink()
    _lab, lines = run.read()
    assert lines == {}


def test_what_is_not_written_yet_is_said_when_the_lab_starts(new_lab, monkeypatch):
    (new_lab / "guide.md").unlink()
    monkeypatch.setattr(try_lab, "runner", failing_runner)
    said = io.StringIO()
    with pytest.raises(CommandError, match="no engine"):
        call_command("try_lab", str(new_lab), stderr=said)
    assert "guide.md:1: The guide is missing." in said.getvalue()
    assert "The lab runs without it" in said.getvalue()


def failing_runner():
    raise EngineError("no engine")


@pytest.mark.parametrize(("load", "said"), [(99.0, True), (0.5, False)])
def test_a_lab_that_fails_on_a_busy_computer_may_fail_because_of_that(new_lab, monkeypatch, load, said):
    def failing():
        raise LabFailed("r1 did not start within 40 seconds.")

    monkeypatch.setattr(try_lab, "runner", failing)
    monkeypatch.setattr(try_lab.os, "getloadavg", lambda: (load, load, load))
    monkeypatch.setattr(try_lab.os, "cpu_count", lambda: 2)
    with pytest.raises(CommandError, match=r"r1 did not start within 40 seconds\.") as caught:
        call_command("try_lab", str(new_lab))
    assert ("This server is busy (load 99, 2 cores)" in str(caught.value)) is said
