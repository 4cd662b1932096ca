"""The outputs of labs are kept in a file beside the lesson."""

from courses.output_file import Recorded, file_of, read_outputs, write_outputs

SCREEN = "r1# show ipv6 route\n  *   via fe80::1, \"eth0\": 1\n\nroot@h1:~# echo 'x'\n…"


def test_what_was_written_is_read_back_byte_for_byte(tmp_path):
    file = file_of(tmp_path / "010-swell.md")
    outputs = {"0123456789ab": Recorded("111111111111", SCREEN), "b" * 12: Recorded("c" * 12, "r1# show bgp")}
    write_outputs(file, outputs.items())
    assert file.name == "010-swell.outputs.yaml"
    assert read_outputs(file) == (outputs, [])
    first = file.read_bytes()
    write_outputs(file, outputs.items())
    assert file.read_bytes() == first


def test_the_file_shows_the_screen_line_by_line(tmp_path):
    write_outputs(tmp_path / "a.outputs.yaml", [("a" * 12, Recorded("b" * 12, SCREEN))])
    assert '\n      *   via fe80::1, "eth0": 1\n' in (tmp_path / "a.outputs.yaml").read_text()


def test_without_outputs_there_is_no_file(tmp_path):
    file = tmp_path / "a.outputs.yaml"
    write_outputs(file, [("a" * 12, Recorded("b" * 12, SCREEN))])
    write_outputs(file, [])
    assert not file.exists()
    assert read_outputs(file) == ({}, [])


def test_a_mistake_in_the_file_is_reported_with_its_line(tmp_path):
    file = tmp_path / "a.outputs.yaml"
    file.write_text("# by hand\n- block: aaaaaaaaaaaa\n  lab: yes\n  screen: x\n")
    found, [(line, message)] = read_outputs(file)
    assert found == {}
    assert line == 3
    assert "twelve hexadecimal digits" in message
