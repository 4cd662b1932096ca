"""The lab page says what a lab has used up while it lasts, and does not blame a lab for the CPU that our own work uses."""

import html
import re

import pytest
from django.utils import timezone

from labs.engine import errors
from labs.lifecycle.services import request_check, request_reset
from labs.live import exhausted_resources, live_checks
from labs.live.live_checks import Result

pytestmark = pytest.mark.django_db(transaction=True)

NEEDS_CPU = "Your lab needs more CPU than it gets"


def run(session, checks=("on", "still", "file")):
    return live_checks.run(session.pk, list(checks), last=False)


def page(client, lab):
    return html.unescape(re.sub(r"\s+", " ", client.get(f"/labs/{lab.id}/").text))


def test_the_page_shows_what_a_node_has_used_up_while_it_lasts(ready, engine, ada_client, lab):
    fork_bomb = engine.client_of(ready)
    fork_bomb.processes = 200
    assert run(ready) is Result.EXHAUSTED
    said = "Your node r1 has used up its processes (200 of 200). New commands fail there."
    assert said in page(ada_client, lab)
    fork_bomb.processes = 12
    assert run(ready) is Result.DONE
    assert "used up" not in page(ada_client, lab)


@pytest.fixture
def waits(monkeypatch):
    """A list of functions that run in the second in which we ask a lab nothing. The tests do not wait for that second."""
    meanwhile = []
    monkeypatch.setattr(exhausted_resources.time, "sleep", lambda _seconds: [one() for one in meanwhile])
    return meanwhile


def test_the_cpu_that_our_own_checks_used_is_not_said_to_be_the_labs(ready, engine, ada_client, lab, waits):
    engine.client_of(ready).cpu = [260, 15]
    assert run(ready) is Result.DONE
    assert NEEDS_CPU not in page(ada_client, lab)


def test_a_lab_whose_own_programs_need_too_much_cpu_is_told_so_until_they_end(ready, engine, ada_client, lab, waits):
    engine.client_of(ready).cpu = [260]
    assert run(ready) is Result.EXHAUSTED
    assert NEEDS_CPU in page(ada_client, lab)
    engine.client_of(ready).cpu = [20]
    assert run(ready) is Result.DONE
    assert NEEDS_CPU not in page(ada_client, lab)


@pytest.mark.parametrize("work", ["a check", "a reset", "a save", "other live checks"])
def test_while_the_site_works_in_a_lab_nothing_new_is_said_of_its_cpu(
    ready, engine, ada_client, lab, waits, queue, work, monkeypatch
):
    def begin():
        if work == "a check":
            request_check(ready)
        elif work == "a reset":
            request_reset(ready, "r1")
        elif work == "a save":
            type(ready).objects.filter(pk=ready.pk).update(saving_at=timezone.now())
        else:
            monkeypatch.setattr(exhausted_resources.time, "sleep", lambda _seconds: None)
            run(ready, ["file"])

    waits.append(begin)
    engine.client_of(ready).cpu = [260]
    result = run(ready)
    assert NEEDS_CPU not in page(ada_client, lab)
    assert result in (Result.EXHAUSTED, Result.PUT_OFF)  # it is looked at again, whatever it was


def test_if_resource_use_cannot_be_read_the_last_sentence_is_shown(ready, engine, ada_client, lab):
    engine.client_of(ready).ended = 3
    run(ready)
    engine.client_of(ready).error = errors.RelayGone("The relay does not answer.")
    run(ready)
    assert "the kernel has ended 3 of its programs" in page(ada_client, lab)
