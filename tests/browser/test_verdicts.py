"""The verdicts of an attempt appear one by one, while it runs."""

from django.utils import timezone
from playwright.sync_api import expect

from labs import events
from labs.live import live_checks
from labs.models import LabSession
from tests.browser.lab_pages import hear_the_stream_open
from tests.browser.test_lab_page import *  # noqa: F403  its fixtures

for _name in [name for name in globals() if name.startswith("test_")]:
    del globals()[_name]


def test_each_verdict_is_shown_as_soon_as_it_is_known(page, lab, ready, queue):
    LabSession.objects.update(active_node="r1", active_at=timezone.now())
    first, *others = [check.id for check in lab.stages[0].checks if check.is_shown(passed=False)]
    ada = page(f"/labs/{lab.id}/")
    hear_the_stream_open(ada)
    ada.get_by_role("button", name="Check my work").click()
    expect(ada.locator("#busy")).to_be_visible()
    said = ada.locator("#say").inner_text()
    events.publish(ready.pk, "verdict", check=first, outcome="failed", done=1, of=9)
    expect(ada.locator(f"#check-{first}")).to_contain_text("Failed")
    for done, other in enumerate(others, 2):
        expect(ada.locator(f"#check-{other}")).not_to_contain_text("Passed")
        expect(ada.locator("#say")).to_have_text(said)  # one sentence for a stage, not one for each check
        events.publish(ready.pk, "verdict", check=other, outcome="passed", done=done, of=9)
        expect(ada.locator(f"#check-{other}")).to_contain_text("Passed")
    expect(ada.locator("#say")).to_have_text(f"{len(others)} of {len(others) + 1} checks of this stage pass.")
    work_off(queue)  # noqa: F405
    expect(ada.locator("#busy")).to_have_count(0)


def test_a_check_of_a_lab_in_which_nothing_was_done_flashes_nothing_red(page, lab, ready, queue):
    """Regression: its rows were “Failed” while the check was made, and “Not started” before and after it."""
    first, other = [check.id for check in lab.stages[0].checks if check.is_shown(passed=False)][:2]
    ada = page(f"/labs/{lab.id}/")
    hear_the_stream_open(ada)
    ada.get_by_role("button", name="Check my work").click()
    expect(ada.locator("#busy")).to_be_visible()
    events.publish(ready.pk, "verdict", check=first, outcome="failed", done=1, of=9)
    events.publish(ready.pk, "verdict", check=other, outcome="unknown", done=2, of=9)
    expect(ada.locator(f"#check-{other} .st.unknown")).to_be_visible()  # so the one before has arrived
    expect(ada.locator(f"#check-{first}")).to_contain_text("Not started")
    work_off(queue)  # noqa: F405
    expect(ada.locator("#busy")).to_have_count(0)
    expect(ada.locator(f"#check-{first}")).to_contain_text("Not started")


def test_a_check_that_is_requested_because_a_stage_is_complete_flashes_nothing_red_in_the_next(
    page, lab, ready, queue, engine
):
    """The automatic checks have seen the first stage pass. The learner has not worked in the second one yet."""
    now = timezone.now()
    LabSession.objects.update(active_node="r1", active_at=now, worked_at=now)
    engine.client_of(ready).sysctls["net.ipv6.conf.all.forwarding"] = "1"
    live_checks.run(ready.pk, [check.id for check in lab.checks()], last=True)
    next_one = lab.stages[1].checks[0].id
    ada = page(f"/labs/{lab.id}/")
    hear_the_stream_open(ada)
    ada.get_by_role("button", name="Check my work").click()
    expect(ada.locator("#busy")).to_be_visible()
    events.publish(ready.pk, "verdict", check=next_one, outcome="failed", done=1, of=9)
    expect(ada.locator("#say")).to_have_text("0 of 1 checks of this stage pass.")  # so it has arrived
    expect(ada.locator(f"#check-{next_one}")).to_contain_text("Not started")
    work_off(queue)  # noqa: F405
    expect(ada.locator("#busy")).to_have_count(0)
    expect(ada.locator(f"#check-{next_one}")).to_contain_text("Not started")
