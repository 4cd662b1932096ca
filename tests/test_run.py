"""`make test` says at its end which tests failed, also when one hangs."""

import importlib.machinery
import importlib.util
import math
import os
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from tests import query_shapes

SCRIPT = Path(__file__).parent / "run"
SOME_TESTS = """
import threading
import pytest

@pytest.fixture
def errs():
    yield
    raise ValueError

def test_hangs():
    threading.Event().wait()

def test_fails_and_its_fixture_errs(errs):
    assert False

@pytest.mark.skip
def test_skips():
    pass

def test_passes():
    pass
"""
ENDS_WHEN_INTERRUPTED = "trap 'echo interrupted; exit' INT; while :; do sleep 0.05; done"


@pytest.fixture
def run(monkeypatch):
    """The script as a module."""
    loader = importlib.machinery.SourceFileLoader("tests_run", str(SCRIPT))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, loader.name, module)
    loader.exec_module(module)
    monkeypatch.setenv("VAKA_PACE", "1")
    return module


def test_a_test_that_hangs_or_fails_or_is_skipped_has_its_name_and_reason_and_the_others_run(
    run, tmp_path, monkeypatch, capfd
):
    monkeypatch.setattr(run, "LIMIT_WITH_ENGINE", 3)
    file = tmp_path / "test_some.py"
    file.write_text(SOME_TESTS)
    result = run.pytest("a part", math.inf, "-n", "1", "-p", "no:django", f"--rootdir={tmp_path}", str(file))
    assert result.passed == 1
    assert result.failed == [
        "test_some.py::test_fails_and_its_fixture_errs: assert False",
        "test_some.py::test_hangs: Failed: Timeout (>3.0s) from pytest-timeout.",
        "test_some.py::test_skips: unconditional skip",
    ]
    said = capfd.readouterr().out
    assert ">       threading.Event().wait()\n" in said  # where it hung


@pytest.mark.parametrize("part", ["unit", "on_postgresql"])
def test_on_a_slow_machine_tests_without_an_engine_read_the_limits_of_a_usual_one(run, monkeypatch, part, tmp_path):
    """A machine of pace 3.3 failed 33 of them, whose words and numbers are those of pace 1."""
    given = {}
    monkeypatch.setattr(run, "pytest", lambda *arguments, **environment: given.update(environment))
    monkeypatch.setattr(run, "postgresql", lambda: nullcontext("postgres://vaka@/postgres"))
    monkeypatch.setenv("VAKA_PACE", "3.3")
    monkeypatch.setenv(query_shapes.RECORDS, str(tmp_path))
    getattr(run, part)(math.inf)
    assert given["VAKA_PACE"] == "1"


def test_live_tests_side_by_side_have_more_time_than_a_lab_alone(run, monkeypatch):
    """The pace is that of a quiet machine. With three of them on two cores, a network repaired itself after the limit."""
    given = {}
    monkeypatch.setattr(run, "pytest", lambda *arguments, **environment: given.update(environment))
    monkeypatch.setenv("VAKA_PACE", "1.2")
    run.live(math.inf)
    assert float(given["VAKA_PACE"]) == pytest.approx(2.4)
    given.clear()
    run.alone(math.inf)
    assert "VAKA_PACE" not in given


def test_where_python_may_write_no_bytecode_a_run_compiles_each_module_once(run, tmp_path, monkeypatch):
    """Nine processes of a site, each start of a command, and each process of pytest compiled all modules that they import."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", "")
    (tmp_path / "a_module.py").write_text("")
    with run.compiled_once():
        subprocess.run([sys.executable, "-c", "import a_module"], cwd=tmp_path, check=True)
        folder = Path(os.environ["PYTHONPYCACHEPREFIX"])
        [compiled] = folder.rglob("a_module.*.pyc")
        assert all(path.stat().st_mode & 0o004 for path in (folder, compiled))  # the accounts of a site read it
    assert not folder.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a_module.py"]


def test_where_python_writes_bytecode_beside_the_modules_a_run_leaves_it_there(run, monkeypatch):
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    with run.compiled_once():
        assert "PYTHONPYCACHEPREFIX" not in os.environ


@pytest.mark.parametrize("report", [None, "<testsuites><testsuite/></testsuites>"])
def test_a_part_without_a_test_has_failed(run, tmp_path, report):
    if report:
        (tmp_path / "report.xml").write_text(report)
    assert run.read(tmp_path / "report.xml", "a part") == (0, ["a part: no test ran"])


@pytest.mark.parametrize("handler", [signal.default_int_handler, signal.SIG_IGN], ids=["foreground", "background"])
def test_a_part_that_does_not_end_is_interrupted_so_that_it_can_report(run, monkeypatch, capfd, request, handler):
    before = signal.signal(signal.SIGINT, handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    assert run.run_to_end(["sh", "-c", ENDS_WHEN_INTERRUPTED], {}, 1) == 1
    assert capfd.readouterr().out == "interrupted\n"
    assert run.run_to_end(["true"], {}, 60) is None


def test_a_run_that_has_used_its_minutes_names_what_did_not_run(run, monkeypatch, capsys):
    """A CI that ends the run itself shows neither the tests that failed nor those that hung."""
    monkeypatch.setattr(run, "lint", lambda: run.Result(9, []))
    monkeypatch.setattr(run, "postgresql", lambda: nullcontext("postgres://vaka@/postgres"))
    monkeypatch.setattr(sys, "argv", ["tests/run", "--minutes", "0"])
    assert run.main() == 1
    said = capsys.readouterr().out.splitlines()
    assert "FAILED live tests: no time was left for it" in said
    assert said[-1] == "9 passed, 5 failed"


def test_a_test_that_fails_is_told_at_once(run, tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(run, "LIMIT_WITH_ENGINE", 3)
    file = tmp_path / "test_some.py"
    file.write_text(SOME_TESTS)
    run.pytest("a part", math.inf, "-n", "1", "-p", "no:django", f"--rootdir={tmp_path}", str(file))
    said = capfd.readouterr().out
    assert said.index("FAILED test_some.py::test_fails_and_its_fixture_errs") < said.index("= FAILURES =")


def test_a_test_that_reaches_the_database_through_another_fixture_runs_on_postgresql_too(request, ada):
    assert request.node.get_closest_marker("database")


def test_a_test_that_cannot_reach_the_database_does_not(request):
    assert not request.node.get_closest_marker("database")


def test_the_last_lines_name_all_that_failed_in_any_part(run, capsys):
    results = [run.Result(3, ["lint: mypy"]), run.Result(5, ["tests/a.py::test_b"]), run.Result(1, [])]
    assert run.report_all(results) == 1
    assert capsys.readouterr().out.splitlines() == [
        "FAILED lint: mypy",
        "FAILED tests/a.py::test_b",
        "9 passed, 2 failed",
    ]
