"""Labs that name an image flavour: they wait while it is built, others do not, and a build that fails is told."""

from dataclasses import replace
from datetime import timedelta

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.urls import reverse
from django.utils import timezone

from labs import failure_sentences
from labs.capacity import pool
from labs.engine.errors import ImageNotBuilt
from labs.engine.runtime import flavours
from labs.lifecycle import flavour_builds, reconciliation, services, starts, tasks
from labs.models import FlavourBuild, LabSession, PoolSize, State
from labs.registry import versions
from tests import builders
from tests.labs.fakes import FakeCatalog, image_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dns_lab(lab, other_lab, monkeypatch, settings):
    """The first lab of the site needs the flavour dns; the other one needs none."""
    settings.LAB_MEMORY_MB, settings.LAB_CORES, settings.LAB_POOL_EMPTY = 9000, 4, 0
    made = replace(lab, image="dns")
    found = FakeCatalog(made, other_lab)
    monkeypatch.setattr(versions, "_catalog", lambda root: found)
    return made


@pytest.fixture
def builds(engine, monkeypatch):
    """The flavours whose build was asked of the engine. ``error`` fails the next ones."""

    class Builds(list):
        error = None

        def __call__(self, flavour):
            self.append(flavour)
            if self.error:
                raise self.error
            engine.flavours[flavour] = image_of(f"sha256:{flavour}", flavour=flavour)

    made = Builds()
    monkeypatch.setattr(flavour_builds.flavour_build, "build", made)
    return made


def page(client, lab):
    return client.get(f"/labs/{lab.id}/").text


def state_of(flavour="dns"):
    return FlavourBuild.objects.get(flavour=flavour).state


def built(engine, flavour="dns", **more):
    engine.flavours[flavour] = image_of(f"sha256:{flavour}", flavour=flavour, **more)
    reconciliation.reconcile()


def test_a_lab_waits_for_its_image_and_starts_by_itself_when_it_is_built(
    ada, ada_client, dns_lab, engine, queue, builds
):
    session = services.request_session(ada, dns_lab.id)
    assert session.state == State.REQUESTED
    assert "The image of this lab is being built" in page(ada_client, dns_lab)
    tasks.admit()
    queue()
    session.refresh_from_db()
    assert (builds, state_of(), session.state) == (["dns"], "built", State.READY)
    assert engine.containers[str(session.pk)].flavour == "dns"
    assert "The image of this lab is being built" not in page(ada_client, dns_lab)


def test_learners_of_other_labs_do_not_wait_for_it(ada, dns_lab, other_lab, engine, queue, builds):
    waiting = services.request_session(ada, dns_lab.id)
    other = services.request_session(builders.make_person("linus"), other_lab.id)
    waiting.refresh_from_db()
    other.refresh_from_db()
    assert (waiting.admitted_at, other.admitted_at is not None) == (None, True)


def test_a_second_lab_with_the_image_builds_nothing(ada, dns_lab, engine, queue, builds):
    built(engine)
    session = services.request_session(ada, dns_lab.id)
    queue()
    session.refresh_from_db()
    assert (builds, session.state) == ([], State.READY)


def test_a_failed_build_is_a_failure_of_the_site_with_its_reason(ada, ada_client, dns_lab, engine, queue, builds):
    builds.error = ImageNotBuilt("E: Temporary failure resolving 'deb.debian.org'")
    session = services.request_session(ada, dns_lab.id)
    tasks.admit()
    queue()
    session.refresh_from_db()
    assert (session.state, session.error) == (State.FAILED, failure_sentences.SENTENCES[ImageNotBuilt])
    assert session.detail == "E: Temporary failure resolving 'deb.debian.org'"
    assert failure_sentences.reason(session.error) == "image_not_built"
    assert "Temporary failure resolving" in page(ada_client, dns_lab)
    assert not engine.started


def test_a_build_that_took_too_long_is_a_failure_too(ada, dns_lab, engine, queue, builds):
    builds.error = SoftTimeLimitExceeded()
    session = services.request_session(ada, dns_lab.id)
    tasks.admit()
    queue()
    session.refresh_from_db()
    assert (session.state, state_of()) == (State.FAILED, "failed")


def test_the_next_who_starts_the_lab_has_the_build_tried_again(ada, dns_lab, engine, queue, builds):
    builds.error = ImageNotBuilt("no network")
    services.request_session(ada, dns_lab.id)
    tasks.admit()
    queue()
    tasks.admit()
    assert queue() == 0
    builds.error = None
    again = services.request_session(ada, dns_lab.id)
    tasks.admit()
    queue()
    again.refresh_from_db()
    assert (builds, again.state) == (["dns", "dns"], State.READY)
    assert FlavourBuild.objects.get().error == ""


def test_one_image_is_built_at_a_time_the_first_that_was_asked_for_first(dns_lab):
    for flavour in ("rpki", "dns"):
        FlavourBuild.objects.create(flavour=flavour, tag=flavours.tag_of(flavour))
    assert flavour_builds.due() == ["rpki"]
    FlavourBuild.objects.filter(flavour="rpki").update(state="building")
    assert flavour_builds.due() == []


def test_the_build_of_a_killed_worker_is_begun_again(dns_lab, builds):
    long_ago = timezone.now() - timedelta(seconds=flavour_builds.SECONDS + 120)
    FlavourBuild.objects.create(flavour="dns", tag=flavours.tag_of("dns"), state="building", state_at=long_ago)
    assert flavour_builds.due() == ["dns"]
    flavour_builds.build("dns")
    flavour_builds.build("dns")
    assert (builds, state_of()) == (["dns"], "built")


def test_after_an_upgrade_the_image_of_the_version_before_does_not_count(ada, dns_lab, engine, queue, builds):
    FlavourBuild.objects.create(flavour="dns", tag="vaka-lab:before-dns", state="built")
    session = services.request_session(ada, dns_lab.id)
    tasks.admit()
    queue()
    session.refresh_from_db()
    assert (builds, session.state) == (["dns"], State.READY)
    assert FlavourBuild.objects.get().tag == flavours.tag_of("dns")


def test_reconciliation_finds_what_set_up_has_built_and_what_somebody_has_removed(dns_lab, engine, queue):
    built(engine)
    assert state_of() == "built"
    engine.flavours.clear()
    reconciliation.reconcile()
    assert not FlavourBuild.objects.exists()


def test_a_build_that_failed_is_forgotten_when_an_administrator_has_built_the_image(dns_lab, engine, queue):
    FlavourBuild.objects.create(flavour="dns", tag=flavours.tag_of("dns"), state="failed", error="no network")
    built(engine)
    assert (state_of(), FlavourBuild.objects.get().error) == ("built", "")


def test_a_start_that_finds_its_image_removed_waits_for_it_again(ada, dns_lab, engine, queue, builds):
    built(engine)
    session = services.request_session(ada, dns_lab.id)
    engine.flavours.clear()
    starts.start(session.pk, session.generation)
    session.refresh_from_db()
    assert (session.state, session.admitted_at, state_of()) == (State.REQUESTED, None, "wanted")
    queue.clear()
    tasks.admit()
    queue()
    session.refresh_from_db()
    assert (builds, session.state) == (["dns"], State.READY)


def test_resumed_work_gets_the_image_of_its_lab(ada, dns_lab, engine, queue):
    built(engine)
    session = services.request_session(ada, dns_lab.id)
    queue()
    session.refresh_from_db()
    session.touch()
    services.stop_session(session)
    queue()
    again = services.resume(session)
    queue()
    again.refresh_from_db()
    assert again.resumes is not None
    assert (again.state, engine.containers[str(again.pk)].flavour) == (State.READY, "dns")


def test_an_empty_container_is_not_given_to_a_lab_with_a_flavour(ada, dns_lab, other_lab, engine, queue, settings):
    settings.LAB_POOL_EMPTY = 1
    tasks.admit()
    queue()
    assert LabSession.objects.pooled().count() == 1
    assert pool.claim_empty(ada, dns_lab) is None
    assert pool.claim_empty(ada, other_lab) is not None


def test_the_pool_keeps_a_lab_with_a_flavour_ready_and_replaces_it_when_the_image_is_built_again(
    ada, dns_lab, engine, queue
):
    built(engine, days=2)
    PoolSize.objects.create(lab=dns_lab.id, reserved=1)
    tasks.admit()
    queue()
    first = LabSession.objects.get(state=State.POOLED)
    reconciliation.reconcile()
    assert LabSession.objects.filter(pk=first.pk, state=State.POOLED).exists()
    built(engine)
    tasks.reconcile()
    assert not LabSession.objects.filter(pk=first.pk, state=State.POOLED).exists()


def test_no_image_is_built_only_to_measure_a_lab(dns_lab, other_lab, engine, queue, builds):
    requested = pool.build_unmeasured_lab()
    assert requested.lab == other_lab.id


def test_instructors_read_which_flavours_there_are_and_why_one_could_not_be_built(ngozi_client, dns_lab, engine, queue):
    built(engine)
    FlavourBuild.objects.create(flavour="rpki", tag=flavours.tag_of("rpki"), state="failed", error="no network")
    text = ngozi_client.get(reverse("labs:capacity")).text
    for said in ("Image flavours", "nsd", "Could not be built", "no network", "Not built", "bgpq4"):
        assert said in text
