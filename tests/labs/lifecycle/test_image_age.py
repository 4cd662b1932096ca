"""The age of the lab image: administrators see it, a warning stops nothing, and pooled labs on an older image are replaced."""

import logging
import re
from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from labs.engine.runtime.image import Image
from labs.lifecycle import image_age, reconciliation, services, tasks
from labs.models import LabCost, LabSession, PoolSize, State
from labs.models.host import MB
from labs.views import metrics
from tests.labs.fakes import image_of
from tests.labs.views.test_metrics import samples

pytestmark = pytest.mark.django_db(transaction=True)
SESSIONS, ROOM = "/labs/sessions/", reverse("labs:capacity")
WARNING = "make image FRESH=1"


@pytest.fixture
def clean_broker(broker):
    image_age.events.broker().flushdb()


def said(*options):
    out = StringIO()
    call_command("image", *options, stdout=out)
    return out.getvalue()


def test_the_image_that_the_worker_sees_is_on_the_pages(ngozi_client, engine, clean_broker):
    assert image_age.read() is None
    assert "Lab image" not in ngozi_client.get(ROOM).text
    reconciliation.reconcile()
    assert image_age.read() == engine.current
    page = ngozi_client.get(ROOM).text
    assert "10.3-3" in page
    assert f"{engine.current.packages_at.day} {engine.current.packages_at:%B %Y}" in page
    assert WARNING not in page


@pytest.mark.parametrize(("days", "is_told"), [(29, False), (30, True), (400, True)])
def test_from_the_thirtieth_day_on_instructors_read_what_to_type(days, is_told, ngozi_client, engine, clean_broker):
    engine.current = image_of("sha256:old", days=days)
    reconciliation.reconcile()
    for path in (SESSIONS, ROOM):
        page = ngozi_client.get(path).text
        assert (WARNING in page) is is_told
        assert (f"{days} days old" in page) is is_told


@pytest.mark.parametrize(("days", "is_told"), [(29, False), (30, True), (400, True)])
def test_of_a_flavour_on_which_no_new_one_was_built_instructors_read_the_same(
    days, is_told, ngozi_client, engine, clean_broker
):
    engine.flavours = {
        "dns": image_of("sha256:dns", flavour="dns", days=days),
        "rpki": image_of("sha256:rpki", flavour="rpki", days=3),
    }
    reconciliation.reconcile()
    for path in (SESSIONS, ROOM):
        page = ngozi_client.get(path).text
        assert (WARNING in page) is is_told
        assert (f"The packages of the image flavour dns are {days} days old." in page) is is_told
        assert "The packages of the lab image are" not in page
        assert "The packages of the image flavour rpki are" not in page


def test_an_old_lab_image_and_its_old_flavour_are_one_warning(ngozi_client, engine, clean_broker):
    engine.current = image_of("sha256:old", days=40)
    engine.flavours = {"dns": image_of("sha256:dns", flavour="dns", days=50)}
    reconciliation.reconcile()
    for path in (SESSIONS, ROOM):
        page = ngozi_client.get(path).text
        assert page.count(WARNING) == 1
        assert "The packages of the lab image are 40 days old." in page
        assert "The packages of the image flavour dns are 50 days old." in page


def test_learners_do_not_see_the_age(ada_client, ready, engine, clean_broker):
    engine.current = image_of("sha256:old", days=90)
    reconciliation.reconcile()
    assert WARNING not in ada_client.get(f"/labs/{ready.lab}/").text


def test_an_old_image_still_starts_labs(requested, engine, clean_broker):
    engine.current = image_of("sha256:old", days=900)
    reconciliation.reconcile()
    tasks.start_session(str(requested.pk), 1)
    requested.refresh_from_db()
    assert requested.state == State.READY


def test_the_log_has_one_warning_a_day(engine, clean_broker, caplog):
    engine.current = image_of("sha256:old", days=31)
    with caplog.at_level(logging.WARNING, "labs.lifecycle.image_age"):
        for _ in range(3):
            reconciliation.reconcile()
    assert [record.getMessage() for record in caplog.records] == [
        "The packages of the lab image are 31 days old. To build a new one, type: make image FRESH=1"
    ]
    assert 0 < image_age.events.broker().ttl(image_age.WARNED) <= image_age.DAY


def test_the_log_names_an_old_flavour(engine, clean_broker, caplog):
    engine.flavours = {"dns": image_of("sha256:dns", flavour="dns", days=45)}
    with caplog.at_level(logging.WARNING, "labs.lifecycle.image_age"):
        for _ in range(3):
            reconciliation.reconcile()
    assert [record.getMessage() for record in caplog.records] == [
        "The packages of the image flavour dns are 45 days old. To build a new one, type: make image FRESH=1"
    ]


def test_a_removed_image_is_forgotten(ngozi_client, engine, clean_broker):
    reconciliation.reconcile()
    engine.current = None
    reconciliation.reconcile()
    assert image_age.read() is None


def test_without_a_broker_the_age_is_unknown_and_reconciliation_still_works(ngozi_client, ready, engine):
    engine.loses(ready)
    reconciliation.reconcile()
    ready.refresh_from_db()
    assert ready.state == State.FAILED
    assert "Lab image" not in ngozi_client.get(ROOM).text


def test_an_invalid_value_in_the_broker_counts_as_no_image(clean_broker):
    for text in ("{", "[]", '{"id": "x"}'):
        image_age.events.broker().set(image_age.KEY, text)
        assert image_age.read() is None


def test_after_the_clock_went_back_the_age_is_zero():
    assert image_of("sha256:first", days=-3).age == timedelta()


def test_an_image_survives_serialisation():
    image = image_of("sha256:first", days=3)
    assert Image.from_json(image.as_json()) == image


def test_the_metrics_have_its_dates_and_packages(engine, clean_broker):
    metrics.registry.cache_clear()
    reconciliation.reconcile()
    seen = samples()
    assert seen["vaka_lab_image_timestamp_seconds", "packages"] == engine.current.packages_at.timestamp()
    assert seen["vaka_lab_image_timestamp_seconds", "base"] == engine.current.base_at.timestamp()
    assert seen["vaka_lab_image_package", "frr", "10.3-3"] == 1
    metrics.registry.cache_clear()


def test_the_command_shows_its_age_and_packages(engine):
    text = said()
    assert "vaka-lab:0123456789ab" in text
    assert "0 days old" in text
    assert "10.3-3" in text
    assert "zlib1g" not in text
    assert WARNING not in text
    assert "zlib1g" in said("--all")
    engine.current = image_of("sha256:old", days=40)
    assert WARNING in said()


def test_the_command_shows_the_flavours_that_are_built_and_those_that_are_not(engine):
    made = replace(image_of("sha256:dns", flavour="dns"), size=13_000_000, versions={"nsd": "4.12.0-1"})
    engine.flavours = {"dns": made}
    text = said()
    assert re.search(r"dns +13 MB more, packages of \d{4}-\d\d-\d\d", text)
    assert re.search(r"nsd +4\.12\.0-1", text)
    assert re.search(r"rpki +not built", text)
    assert said("--all")


def test_the_command_names_what_is_old(engine):
    engine.flavours = {
        "dns": image_of("sha256:dns", flavour="dns", days=45),
        "rpki": image_of("sha256:rpki", flavour="rpki", days=3),
    }
    text = said()
    assert re.search(r"dns .*, packages of .* UTC, 45 days old:", text)
    assert text.endswith("Security fixes are missing in: image flavour dns. Type: make image FRESH=1\n")
    engine.current = image_of("sha256:old", days=40)
    assert "Security fixes are missing in: lab image, image flavour dns. Type: make image FRESH=1" in said()


def test_the_metrics_have_the_dates_of_the_flavours_that_are_built(engine, clean_broker):
    metrics.registry.cache_clear()
    engine.flavours = {"dns": image_of("sha256:dns", flavour="dns", days=3)}
    reconciliation.reconcile()
    at = engine.flavours["dns"].packages_at.timestamp()
    assert samples()["vaka_lab_image_flavour_timestamp_seconds", "dns"] == at
    metrics.registry.cache_clear()


def test_without_an_image_the_command_says_what_to_type(engine, use_engine):
    engine.current = None
    with pytest.raises(CommandError, match="make image"):
        said()
    use_engine(engine.that_is_away())
    with pytest.raises(CommandError, match="Cannot connect"):
        said()


# A new image while the site runs


@pytest.fixture
def pooled(lab, engine, queue, settings):
    settings.LAB_MEMORY_MB, settings.LAB_CORES = 820, 2
    LabCost.add_start(lab, memory=80 * MB, cpu=0.5, seconds=1)  # an unmeasured lab may use more than the pool has
    PoolSize.objects.create(lab=lab.id, most=1)
    tasks.admit()
    queue()
    return LabSession.objects.get(state=State.POOLED)


def test_a_pooled_lab_on_an_older_image_is_replaced(pooled, ada, lab, engine, queue):
    fresh = engine.current = image_of("sha256:second")
    tasks.reconcile()
    queue()
    tasks.admit()
    queue()
    assert not LabSession.objects.filter(pk=pooled.pk).exists()
    new = LabSession.objects.get(state=State.POOLED)
    assert engine.containers[str(new.pk)].packages_at == fresh.packages_at
    assert services.request_session(ada, lab.id).pk == new.pk


def test_a_pooled_lab_on_the_newest_image_stays(pooled, engine, queue):
    tasks.reconcile()
    assert queue() == 0
    pooled.refresh_from_db()
    assert pooled.state == State.POOLED


def test_a_pooled_lab_with_an_unknown_image_stays(pooled, engine, queue):
    name = str(pooled.pk)
    engine.containers[name] = replace(engine.containers[name], packages_at=None)
    tasks.reconcile()
    assert queue() == 0


def test_a_running_lab_keeps_its_image(ready, engine, clean_broker):
    first, engine.current = engine.current, image_of("sha256:second")
    assert reconciliation.reconcile() == []
    ready.refresh_from_db()
    assert ready.state == State.READY
    assert engine.containers[str(ready.pk)].packages_at == first.packages_at


def test_a_lab_that_was_just_claimed_is_not_replaced(pooled, ada, lab, engine, queue):
    services.request_session(ada, lab.id)
    engine.current = image_of("sha256:second")
    tasks.reconcile()
    queue()
    pooled.refresh_from_db()
    assert (pooled.state, pooled.learner) == (State.READY, ada)
