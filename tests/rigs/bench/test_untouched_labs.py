"""Each shipped lab is started once: what it uses is read at its start, and the first ones are graded when they have been idle."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from labs.engine.runtime.engine_reports import Usage
from labs.models.host import MB
from labs.registry.versions import all_labs
from rigs.bench import untouched_labs
from rigs.bench.seats import seats_of


@pytest.fixture
def site(monkeypatch):
    """A site whose labs run only by name; its log of what was done."""
    done = []

    @contextmanager
    def running(lab):
        done.append(("starts", lab.id))
        yield SimpleNamespace(session=lab.id)
        done.append(("stops", lab.id))

    def grade(lab, session, *, attempt, checks, on_verdict, idle, untouched):
        done.append(("grades", lab.id))
        asked = {check.id for check in lab.checks()} if checks is None else set(checks)
        assert sum(check.points for check in lab.checks() if check.id in asked) == lab.points  # those of one learner
        assert (session.session, attempt, untouched) == (lab.id, True, True)
        assert idle >= untouched_labs.IDLE
        on_verdict(None)

    monkeypatch.setattr(untouched_labs, "IDLE", 0.01)
    monkeypatch.setattr(untouched_labs, "grade", grade)
    return SimpleNamespace(
        done=done,
        runner=SimpleNamespace(running=running),
        engine=SimpleNamespace(usage=lambda session: Usage(100 * MB, 1.0, 0)),
        tell=lambda text: None,
    )


@pytest.mark.parametrize(("most", "expected"), [(2, 2), (None, len(all_labs()))])
def test_each_lab_or_the_first_ones_are_started_once_and_graded(site, most, expected):
    names = [lab.id for lab in all_labs()][:expected]
    found, used = untouched_labs.untouched_labs(site, most=most)
    assert [lab.id for lab, _usage in used] == names
    assert [name for what, name in site.done if what == "grades"] == names
    assert [name for what, name in site.done if what == "starts"] == names
    assert sorted(name for what, name in site.done if what == "stops") == sorted(names)
    assert found["untouched_verdict_s"] > 0


@pytest.mark.django_db
def test_what_a_lab_used_says_how_many_seats_fit(site):
    _found, used = untouched_labs.untouched_labs(site, most=1)
    assert all(seats > 1 for _lab, seats in seats_of(used))
