"""Other right answers of a lab are read with it, and their mistakes are those of the lab."""

import pytest

from labs.engine.authoring.parse import load_lab
from labs.engine.proof.proof import trials
from labs.engine.proof.trial import TrialKind
from labs.typed_yaml.authoring_errors import AuthoringErrors


def write(folder, name, text):
    file = folder / "answers" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_a_lab_has_its_other_answers_by_name_and_node(lab_folder):
    write(
        lab_folder,
        "vtysh/r1.sh",
        "# by FRR\nvtysh -c 'conf t' -c 'interface lo' -c 'ipv6 address 2001:db8:ff::1/128'\n",
    )
    lab = load_lab(lab_folder)
    assert lab.answers == {
        "vtysh": {"r1": ("vtysh -c 'conf t' -c 'interface lo' -c 'ipv6 address 2001:db8:ff::1/128'",)}
    }
    assert [one.answer for one in trials(lab) if one.kind is TrialKind.ANSWER] == ["vtysh"]


def test_answers_have_the_learners_values(lab_folder):
    text = (lab_folder / "lab.yaml").read_text()
    (lab_folder / "lab.yaml").write_text(text + "parameters:\n  cost: {kind: number, value: 5, least: 2, most: 2000}\n")
    write(lab_folder, "other/r1.sh", "echo <<cost>>\n")
    assert load_lab(lab_folder).answers["other"]["r1"] == ("echo 5",)
    assert load_lab(lab_folder, 1).answers["other"]["r1"] != ("echo 5",)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("other/h1.sh", r"answers/other/h1.sh:1: The file must be NODE.sh, of a node on which a learner types"),
        ("other/r1.txt", r"answers/other/r1.txt:1: The file must be NODE.sh"),
        ("r1.sh", r"answers/r1.sh:1: A set of answers is a folder. Put this file into answers/NAME/"),
    ],
)
def test_a_file_in_the_wrong_place_is_reported(lab_folder, name, said):
    write(lab_folder, name, "true\n")
    with pytest.raises(AuthoringErrors, match=said):
        load_lab(lab_folder)
