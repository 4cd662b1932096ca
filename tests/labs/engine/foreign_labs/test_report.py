"""The report of an import, which its author reads first: what was proposed, what was left out, and whose work it is."""

from labs.engine.foreign_labs.importing import import_lab
from labs.engine.foreign_labs.report import REPORT
from tests.labs.engine.foreign_labs.foreign import KATHARA, lab_folder


def test_the_report_asks_to_try_the_checks_that_are_proposed(kathara, containerlab):
    tried = "Remove those that fail with the solution"
    assert tried in (containerlab.folder / REPORT).read_text()
    assert tried not in (kathara.folder / REPORT).read_text()


def test_the_report_names_place_and_reason_of_everything_left_out(containerlab):
    text = (containerlab.folder / REPORT).read_text()
    for one in containerlab.lab.not_imported:
        assert f"- {one.place}: `" in text
        assert one.why in text


def test_the_report_names_the_authors_of_the_source(tmp_path):
    conf = f'LAB_AUTHOR="A. `Author`"\n{KATHARA["lab.conf"]}'
    made = import_lab(lab_folder(tmp_path / "one", KATHARA | {"lab.conf": conf}), tmp_path / "imported")
    assert "- The source says: LAB_AUTHOR: A. 'Author'\n" in (made.folder / REPORT).read_text()


def test_a_report_has_no_characters_that_a_terminal_obeys(tmp_path):
    files = KATHARA | {"lab.conf": KATHARA["lab.conf"] + "\x1b[2Jevil\n", "r1/\x1b[1mname": "x"}
    made = import_lab(lab_folder(tmp_path / "two", files), tmp_path / "imported")
    said = "".join(f"{one}\n" for one in made.lab.not_imported) + (made.folder / REPORT).read_text()
    assert "[2Jevil" in said
    assert "\x1b" not in said
