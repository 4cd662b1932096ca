"""A cable that is unplugged on the page is the cause of what fails by it, on every page that names a cause."""

import html
from dataclasses import replace

import pytest
from django.utils import timezone

from labs.engine.diagnosis.causes import cause
from labs.engine.translatable_text import Text
from labs.lifecycle import attempts, check_statuses
from labs.models import CheckStatus, ClassSeat, Job, LabSession, VerdictRecord
from labs.registry import versions
from labs.translations import translated
from tests import builders
from tests.labs.cable_forms import change
from tests.labs.lifecycle.test_check_statuses import FAILED
from tests.labs.views.helpers import url

pytestmark = pytest.mark.django_db(transaction=True)

PULLED = "The cable r1:eth0 – h1:eth0 is unplugged on the page of the lab."
SO = Text("So packets do not pass the link of %(end)s as they should.", end="h1:eth0")
DOWN = replace(
    FAILED, cause=cause("link-down", "ip link show eth0", "r1", so=SO, end="r1:eth0", dev="eth0").text, further=True
)
OTHER = replace(FAILED, check="still", cause=cause("ipv6-disabled", end="r1:eth1").text)


def unplug(session):
    LabSession.objects.filter(pk=session.pk).update(cables={"r1:eth0": {"up": False}})


def told():
    return {row.check_id: translated(row.cause) for row in CheckStatus.objects.all()}


def test_the_cable_is_the_cause_that_is_stored(ready):
    check_statuses.write(ready, [DOWN, OTHER], last=False)
    assert "ip link set eth0 up" in told()["on"]
    unplug(ready)
    check_statuses.write(ready, [DOWN, OTHER], last=False)
    assert told()["on"].startswith(PULLED)
    assert "ip link set" not in told()["on"]
    assert told()["still"].startswith("IPv6 is disabled on r1:eth1")


def test_an_attempt_keeps_the_cable_as_the_cause(ready):
    unplug(ready)
    job = Job.objects.create(session=ready, kind=Job.Kind.ATTEMPT)
    attempts.record(job, versions.of(ready), [DOWN], timezone.now())
    assert translated(VerdictRecord.objects.get().cause).startswith(PULLED)


def test_when_the_cable_is_plugged_in_the_cause_is_searched_for_again(ada_client, ready, relay):
    change(ada_client, ready)
    check_statuses.write(ready, [DOWN], last=False)
    assert told()["on"].startswith(PULLED)
    change(ada_client, ready, up="1")
    assert told()["on"] == ""
    ready.check_statuses.update(first_passed_at=timezone.now())
    assert check_statuses.to_be_diagnosed(ready)(FAILED)


def test_a_cable_of_somebody_else_in_a_class_lab_is_not_offered_to_be_plugged_in(ready, grace):
    ClassSeat.objects.create(session=ready, user=grace, nodes=["h1"])
    LabSession.objects.filter(pk=ready.pk).update(is_class=True, cables={"r1:eth1": {"up": False}})
    found = cause("link-down", "ip link show eth1", "r1", end="r1:eth1", dev="eth1").text
    check_statuses.write(ready, [replace(DOWN, cause=found)], last=False)
    text = html.unescape(builders.signed_in(grace).get(url("session", ready)).text)
    assert "The cable r1:eth1 – up:eth0 is unplugged on the page of the lab. It is not yours:" in text
    assert "Plug it in again there" not in text


def test_when_a_cable_with_loss_is_restored_the_cause_is_searched_for_again(ada_client, ready, relay):
    lossy = cause("cable-worse", a="r1:eth0 – h1:eth0", b="100 % loss", end="r1:eth0").text
    change(ada_client, ready, up="1", loss="100")
    check_statuses.write(ready, [replace(DOWN, cause=Text.of(lossy, SO)), OTHER], last=False)
    assert told()["on"].startswith("The cable r1:eth0 – h1:eth0 is changed on the page of the lab: 100 % loss.")
    change(ada_client, ready, up="1")
    assert told()["on"] == ""
    assert told()["still"].startswith("IPv6 is disabled on r1:eth1")
