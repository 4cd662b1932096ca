"""Will a class fit? The command, and the page for those who teach."""

import pytest
from django.core.management import CommandError, call_command

from labs.capacity import fits
from labs.engine.runtime import memory_limit
from labs.models import LabCost
from labs.models.host import MB
from tests.labs import fakes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def computer(lab, settings, monkeypatch):
    """4 GB and two cores; the little lab takes 100 MB with what its learner does, and a CPU-second for its start."""
    settings.LAB_MEMORY_MB, settings.LAB_CORES = 4000, 2
    monkeypatch.setattr(memory_limit, "is_bounded_apart", lambda: False)
    LabCost.add_start(lab, memory=80 * MB, cpu=0.75, seconds=1)


def said(capsys, *words):
    try:
        call_command("fits", *words)
    except SystemExit as end:
        return capsys.readouterr().out, end.code
    return capsys.readouterr().out, 0


def row(text, lab):
    return next(line.split() for line in text.splitlines() if line.startswith(lab.id))


def test_for_a_class_that_fits_the_wait_is_shown(lab, capsys):
    text, status = said(capsys, lab.id, "--seats", "30")
    assert " ".join(row(text, lab)) == f"{lab.id} 100 MB 184 MB 248 MB 40 43 16 240 15 s yes"
    assert "30 seats fit." in text
    assert status == 0


def test_the_ceiling_of_all_limits_is_not_called_memory_that_there_is(lab, capsys, settings):
    text, _status = said(capsys, lab.id)
    assert "For labs this server has 3.9 GB of memory and 2 cores." in text
    assert "The memory limits of all labs together have a ceiling of 7.8 GB. It is 2 times the memory for labs" in text
    assert "even if each uses all" not in text
    settings.LAB_OVERCOMMIT = 1.0
    text, _status = said(capsys, lab.id)
    assert "The memory limits of all labs together have a ceiling of 3.9 GB. It is the memory for labs." in text


@pytest.mark.parametrize("overcommit", [1.0, 2.0, 20.0])
def test_at_full_use_so_many_fit_as_the_memory_has_whatever_the_ceiling(lab, settings, overcommit):
    settings.LAB_OVERCOMMIT = overcommit
    [fit] = fits.fits([lab], 30)
    assert fit.full_use == (184 + 64) * MB
    assert fit.at_full_use == 16
    assert fit.at_full_use * fit.full_use <= 4000 * MB < (fit.at_full_use + 1) * fit.full_use


def test_a_class_that_fits_only_by_expected_use_is_told_so(lab, capsys):
    warning = f"If each used all the memory that it may, only 16 copies of {lab.id} would fit."
    assert said(capsys, lab.id, "--seats", "16")[0].endswith("16 seats fit.\n")
    text, status = said(capsys, lab.id, "--seats", "17")
    assert text.endswith(f"17 seats fit. {warning}\n")
    assert status == 0


def test_with_cgroup_v1_the_memory_of_tcp_and_udp_comes_in_addition(lab, capsys, monkeypatch):
    monkeypatch.setattr(memory_limit, "is_bounded_apart", lambda: True)
    beside = 64 + 32 + 16 + len(lab.nodes)  # 64 KB of each TCP socket, and 16 of a node
    [fit] = fits.fits([lab], 10)
    assert fit.full_use == (184 + beside) * MB
    assert f"{184 + beside} MB" in said(capsys, lab.id, "--seats", "10")[0]


def test_for_a_class_that_does_not_fit_the_limiting_resource_is_shown(lab, capsys):
    text, status = said(capsys, lab.id, "--seats", "41")
    assert row(text, lab)[-4:] == ["no:", "memory,", "for", "40"]
    assert f"41 seats do not fit: at most 40 copies of {lab.id} fit. You need a server with more memory." in text
    assert status == 1


def test_a_lab_that_is_slow_to_start_is_limited_by_cpu(other_lab, capsys):
    LabCost.add_start(other_lab, memory=8 * MB, cpu=23.75, seconds=12)
    text, status = said(capsys, other_lab.id, "--seats", "11")
    assert row(text, other_lab)[-4:] == ["no:", "CPU,", "for", "10"]
    assert status == 1


def test_without_names_all_labs_are_shown_and_estimates_are_marked(lab, other_lab, capsys):
    text, _status = said(capsys)
    assert row(text, other_lab)[2] == "MB*"
    assert row(text, lab)[2] == "MB"
    assert "* Never started here" in text


def test_an_error_says_what_to_do(lab, other_lab):
    with pytest.raises(CommandError, match=r"no lab nowhere here\. There are: first-light, second-wind\."):
        call_command("fits", "nowhere")
    with pytest.raises(CommandError, match=r"--seats is 0, but it must be from 1 to 10000"):
        call_command("fits", "--seats", "0")


def test_a_class_lab_runs_as_often_as_its_people_need_class_lab_seats(lab):
    alone, shared = fits.fits([lab, fakes.with_bots(lab)], 41)
    assert (alone.seats, alone.fits) == (41, False)
    assert (shared.seats, shared.fits) == (21, True), "it has two seats"


@pytest.mark.parametrize(("people", "copies"), [(1, 1), (2, 1), (3, 2)])
def test_a_class_lab_of_two_seats_is_for_two_people(lab, people, copies):
    assert fits.copies(fakes.with_bots(lab), people) == copies
    assert fits.copies(lab, people) == people, "a lab that one person can start alone"
