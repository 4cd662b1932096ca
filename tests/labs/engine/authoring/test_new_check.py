"""An author gets a check of any type: valid as it is printed, and in its place in a lab."""

import pytest
import yaml
from django.core.management import CommandError, call_command

from labs.engine.authoring import trainer_and_handout
from labs.engine.authoring.catalog import check_folder
from labs.engine.authoring.new_check import CannotPaste, check_text, mistakes, paste
from labs.engine.authoring.new_lab import ABOUT, create
from labs.engine.authoring.parse import load_lab
from labs.engine.authoring.schema import ID
from labs.engine.checks import TYPES
from labs.typed_yaml.shapes import Problems


@pytest.mark.parametrize("name", TYPES)
def test_a_check_of_each_type_is_valid_and_names_all_fields(name):
    lines = check_text(name)
    [check] = yaml.load("\n".join(lines).replace("on: [", "'on': ["), Loader=yaml.BaseLoader)
    assert check["type"] == name
    assert ID.read(check["id"], (), Problems()) == check["id"]
    for field in TYPES[name].FIELDS:
        assert any(line.strip().startswith((f"# {field}:", f"# {field} (required):")) for line in lines)


def test_a_check_is_pasted_at_the_end_of_a_stage(tmp_path):
    folder = tmp_path / "hello"
    create(folder)
    before = load_lab(folder)
    pasted = paste(folder, "ping", "address")
    lab = load_lab(folder)
    added = [check for check in lab.checks() if check.id == pasted.check]
    assert [check.id for check in lab.stages[0].checks] == [*(one.id for one in before.stages[0].checks), "ping"]
    assert lab.stages[1].points == before.stages[1].points
    assert (added[0].line, added[0].on) == (pasted.line, ("h1",))  # not the learner's, if there is one
    again = paste(folder, "ping")
    assert (again.check, [check.id for check in load_lab(folder).stages[1].checks][-1]) == ("ping-2", "ping-2")


def test_a_check_of_a_type_with_an_underscore_has_an_id_that_a_lab_accepts(tmp_path):
    create(tmp_path / "hello")
    assert paste(tmp_path / "hello", "net.no_loops").check == "net-no-loops"
    assert [check.id for check in load_lab(tmp_path / "hello").checks()][-1] == "net-no-loops"


def test_a_check_goes_before_what_follows_the_stages(tmp_path):
    folder = tmp_path / "hello"
    create(folder, "bgp-pair")
    paste(folder, "bgp.session")
    lab = load_lab(folder)
    assert [check.id for check in lab.stages[-1].checks][-1] == "bgp-session"
    assert "# Solutions with a mistake" in (folder / "lab.yaml").read_text().partition("id: bgp-session")[2]
    assert len(lab.mutants) == 3


@pytest.mark.parametrize(
    ("stage", "said"), [("adress", 'no stage "adress": did you mean "address"'), ("x", "use one of")]
)
def test_an_unknown_stage_is_said(tmp_path, stage, said):
    create(tmp_path / "hello")
    with pytest.raises(CannotPaste, match=said):
        paste(tmp_path / "hello", "ping", stage)


def test_a_lab_that_cannot_be_read_is_said(tmp_path):
    (tmp_path / "lab.yaml").write_text("stages: 5\n")
    with pytest.raises(CannotPaste, match=r"has mistakes\. Type check_labs"):
        paste(tmp_path, "ping")


def test_the_command_prints_or_pastes(tmp_path, capsys):
    create(tmp_path / "hello")
    call_command("new_check", "fib.route")
    assert capsys.readouterr().out.startswith("- id: fib-route\n  type: fib.route\n")
    call_command("new_check", "fib.route", str(tmp_path / "hello"), "--stage", "address")
    assert "hello/lab.yaml:" in capsys.readouterr().out
    with pytest.raises(CommandError, match=r'did you mean "fib\.route"'):
        call_command("new_check", "fib.rout")


@pytest.mark.parametrize("template", ABOUT)
def test_each_template_is_a_lab_without_mistakes_for_every_author(tmp_path, template):
    create(tmp_path / "mine", template)
    labs, errors = check_folder(tmp_path)
    assert errors == []
    lab = labs["mine"]
    assert lab.points == 100
    assert max(check.within for check in lab.checks()) <= 10  # fast timers: nobody waits long for a verdict
    assert bool(lab.mutants) == (template != "first-route")


@pytest.mark.parametrize("template", ABOUT)
def test_each_template_has_a_page_for_trainers_and_a_handout(tmp_path, template):
    create(tmp_path / "mine", template)
    lab = load_lab(tmp_path / "mine")
    assert (trainer_and_handout.mistakes(lab), trainer_and_handout.missing(lab)) == ([], [])
    page = trainer_and_handout.read(lab)
    assert page.minutes.keys() == {stage.id for stage in lab.stages}
    assert sum(page.minutes.values()) <= lab.minutes
    assert trainer_and_handout.read_handout(lab)


def test_a_text_of_the_template_that_stays_is_a_mistake(tmp_path):
    create(tmp_path / "hello")
    assert mistakes(load_lab(tmp_path / "hello")) == []
    pasted = paste(tmp_path / "hello", "ping")
    found = mistakes(load_lab(tmp_path / "hello"))
    assert [error.line for error in found] == [pasted.line, pasted.line]
    assert [error.message.split(" is still")[0] for error in found] == ["title of ping", "hint of ping"]
