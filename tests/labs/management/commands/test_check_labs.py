"""``manage.py check_labs``, as an author sees it."""

from contextlib import suppress
from datetime import date

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from labs.engine.authoring.own_nodes import share
from labs.engine.authoring.parse import load_lab
from labs.engine.proof import record
from labs.engine.proof.parts import parts_of
from labs.engine.proof.proof import Finding, Proof
from labs.management.commands import check_labs
from labs.proving.proving import Proven
from labs.registry.versions import all_labs


def test_our_labs_have_no_error(capsys):
    call_command("check_labs")
    assert f"{len(all_labs())} labs checked, 0 errors" in capsys.readouterr().out


def test_an_author_sees_each_error_with_its_place(lab_folder, capsys, monkeypatch):
    monkeypatch.chdir(lab_folder.parent)
    text = (lab_folder / "lab.yaml").read_text()
    (lab_folder / "lab.yaml").write_text(text.replace("points: 5", "points: 0", 1))
    with pytest.raises(SystemExit) as caught:
        call_command("check_labs", str(lab_folder.parent))
    assert caught.value.code == 1
    printed = capsys.readouterr()
    assert "two-routers/lab.yaml:33: points must be a whole number from 1 to 100, not 0." in printed.err
    assert "1 lab checked, 1 error" in printed.out


def test_one_lab_is_checked_by_its_folder_or_its_id(lab_folder, capsys):
    call_command("check_labs", str(lab_folder))
    printed = capsys.readouterr().out
    assert "two-routers: " in printed
    assert "1 lab checked, 0 errors" in printed
    call_command("check_labs", "first-ebgp")
    assert "1 lab checked, 0 errors" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "said"),
    [("first-egbp", 'did you mean "first-ebgp"?'), ("/no/such/labs", "/no/such/labs:1: There is no such folder.")],
)
def test_a_name_that_is_no_lab_and_no_folder_is_reported(name, said, capsys):
    with pytest.raises(SystemExit):
        call_command("check_labs", name)
    assert said in capsys.readouterr().err


def test_the_points_that_depend_on_the_learners_own_nodes_are_printed_for_each_lab(capsys):
    call_command("check_labs")
    said = [line for line in capsys.readouterr().out.splitlines() if "own nodes alone" in line]
    assert len(said) == len(all_labs())
    assert "first-ebgp: 32 of 100 points depend on the learner's own nodes alone" in said


def test_a_lab_of_which_more_than_half_can_be_forged_is_an_error_with_its_line(lab_folder, capsys):
    with_all_nodes_the_learners(lab_folder)
    with pytest.raises(SystemExit):
        call_command("check_labs", str(lab_folder.parent))
    printed = capsys.readouterr()
    number = next(n for n, line in enumerate(text_of(lab_folder).splitlines(), 1) if "- id: loopback" in line)
    assert f"two-routers/lab.yaml:{number}: 10 of 10 points depend on the learner's own nodes alone" in printed.err
    assert "such as loopback, reach" in printed.err
    assert "1 lab checked, 1 error" in printed.out


def test_an_absence_without_a_control_is_an_error_with_its_line(lab_folder, capsys):
    check = "{id: gone, type: fib.get, title: No route, on: [r2], expect: {to: '2001:db8:9::1', present: false}}"
    text = text_of(lab_folder).replace("    checks:\n", f"    checks:\n      - {check}\n", 1)
    (lab_folder / "lab.yaml").write_text(text)
    with pytest.raises(SystemExit):
        call_command("check_labs", str(lab_folder.parent))
    number = next(n for n, line in enumerate(text.splitlines(), 1) if "id: gone" in line)
    assert f"two-routers/lab.yaml:{number}: gone says that something is absent" in capsys.readouterr().err


def test_a_reason_in_own_nodes_is_accepted(lab_folder, capsys):
    with_all_nodes_the_learners(lab_folder)
    (lab_folder / "lab.yaml").write_text(
        text_of(lab_folder) + "own_nodes: Two learners look at each other's routers.\n"
    )
    call_command("check_labs", str(lab_folder.parent))
    assert "points depend on the learner's own nodes alone; own_nodes gives the reason" in capsys.readouterr().out


def test_one_witness_that_is_not_the_learners_is_enough():
    [lab] = [lab for lab in all_labs() if lab.id == "slaac-two-routers"]
    own = {check.id for check in share(lab).checks}
    assert "address-r1" in own
    assert "beyond" not in own  # what the hosts send must arrive at the provider
    assert "slaac-h2" not in own


def test_an_author_reads_when_a_lab_was_proven_and_what_has_changed_since(lab_folder, capsys):
    def said():
        call_command("check_labs", str(lab_folder.parent))
        return next(line for line in capsys.readouterr().out.splitlines() if "proven" in line)

    assert said() == "two-routers: not proven yet"
    lab = load_lab(lab_folder)
    proof = Proof(lab=lab.id, folder=str(lab_folder), seeds=1)
    record.write(lab, proof, parts=parts_of(lab), today=date(2026, 11, 27), packages="")
    assert said() == "two-routers: proven on 2026-11-27"
    (lab_folder / "lab.yaml").write_text(text_of(lab_folder).replace("points: 5", "points: 6"))
    assert said() == "two-routers: proven on 2026-11-27, but changed since: lab"


@pytest.mark.parametrize(
    ("problems", "lines"),
    [
        ([], ["Proven now: 1 lab. Commit the records in _proofs.", "1 lab proven, mutation score 100 %, 0 exceptions"]),
        (
            [Finding("lab.yaml", 1, "No.")],
            ["0 labs proven, mutation score 100 %, 0 exceptions", "two-routers is not proven:", "  lab.yaml:1: No."],
        ),
    ],
)
def test_only_what_is_proven_is_called_proven(problems, lines, lab_folder, capsys, monkeypatch):
    proof = Proof(lab="two-routers", folder=str(lab_folder), seeds=1, problems=problems)

    def prove(labs, *, on_proof, **options):
        on_proof(proof, False)
        return Proven(proofs=[proof])

    monkeypatch.setattr(check_labs, "prove", prove)
    with suppress(SystemExit):
        call_command("check_labs", str(lab_folder), live=True)
    said = capsys.readouterr().out.splitlines()
    assert said[said.index("Tried now: 1 lab in 0.0 minutes, 0.0 for each.") + 1 :] == lines


def test_an_author_reads_what_a_wrong_answer_costs(lab_folder, capsys):
    (lab_folder / "lab.yaml").write_text(text_of(lab_folder).replace("points: 5", "points: 5\n        within: 20", 1))
    call_command("check_labs", str(lab_folder.parent))
    assert "two-routers: with a wrong answer the learner waits up to: first 20 s" in capsys.readouterr().out


def text_of(folder):
    return (folder / "lab.yaml").read_text()


def with_all_nodes_the_learners(folder):
    (folder / "lab.yaml").write_text(text_of(folder).replace("learner: false", "learner: true"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"live": False}, "--mutant tries one mutant of one lab. Type: check_labs --live LAB --mutant ID"),
        ({"live": True}, 'two-routers has no mutant "no-route"'),
    ],
)
def test_a_mutant_that_cannot_be_tried_is_an_error(options, said, lab_folder):
    with pytest.raises(CommandError, match=said):
        call_command("check_labs", str(lab_folder), mutant="no-route", **options)
