"""The helper programs of the lab monitoring, as its nodes have them: the desk of the head office, and the customers."""

import types
from pathlib import Path

import pytest

from labs.engine.authoring import parse

LAB = parse.load_lab(Path(parse.__file__).parents[2] / "catalog/monitoring")
RATE = "line out: 1.27 Mbit/s\n"
WHO = "from: 2001:db8:c00:1::10\nto: 3fff:900:a1::80\nshare: 87 %\n"


def program(node, path):
    text = next(file.content for file in LAB.nodes[node].files if file.path == path).decode()
    module = types.ModuleType(Path(path).name.replace("-", "_"))
    exec(compile(text, path, "exec"), module.__dict__)
    return module


@pytest.fixture
def desk(tmp_path):
    module = program("audit", "/usr/local/sbin/audit-desk")
    module.FOLDER, module.calls = tmp_path, []
    module.call = lambda: module.calls.append("night")
    return module


def accepted(desk):
    return sorted(file.name for file in desk.FOLDER.iterdir() if "accepted" in file.read_text())


@pytest.mark.parametrize("rate", ["1.27 Mbit/s", "1270 kbit/s", "1,3 Mbit/s", "1270000 bit/s", "1.4 Mbps"])
def test_a_rate_within_a_fifth_is_accepted_in_any_unit_of_bits(desk, rate):
    desk.take(f"line out: {rate}\n")
    assert accepted(desk) == ["rate"]


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        ("159 kbit/s", "an eighth"),
        ("15.2 Mbit/s", "divide by the seconds"),
        ("0.5 Mbit/s", "Which of the two counters"),
        ("159 kB/s", "bits"),
        ("much", "number with its unit"),
    ],
)
def test_a_wrong_rate_gets_an_answer_that_helps(desk, rate, said):
    assert said in desk.take(f"line out: {rate}\n")
    assert accepted(desk) == []


def test_a_right_report_is_accepted_and_the_customer_is_called(desk):
    desk.take(RATE + WHO)
    assert accepted(desk) == ["rate", "who"]
    assert desk.calls == ["night"]


def test_each_part_is_accepted_alone(desk):
    desk.take(WHO)
    assert accepted(desk) == ["who"]
    desk.take(RATE + "from:\nto:\nshare:\n")
    assert accepted(desk) == ["rate", "who"]


@pytest.mark.parametrize(
    ("sender", "said"),
    [
        ("2001:db8:c00:2::10", "most records"),
        ("2001:db8:c00:3::10", "receives the most"),
        ("nobody", "write the address"),
    ],
)
def test_another_customer_is_not_accused(desk, sender, said):
    assert said in desk.take(WHO.replace("2001:db8:c00:1::10", sender))
    assert accepted(desk) == []
    assert desk.calls == []


def test_the_last_line_of_a_key_counts_and_comments_do_not(desk):
    desk.take("# line out: 1.27 Mbit/s\nline out: 9 Mbit/s\nline out: 1.27 Mbit/s\n")
    assert accepted(desk) == ["rate"]


def test_the_desk_knows_what_the_customers_send(desk):
    customers = program("island", "/usr/local/sbin/customers")
    assert customers.HEAVY[3] == desk.HEAVY_OUT
    assert sum(stream[3] for stream in customers.OTHERS) == desk.OTHERS_OUT
    assert customers.HEAVY[:2] == (str(desk.HEAVY), str(desk.CLOUD))
