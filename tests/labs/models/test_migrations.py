"""Migrations keep every row of a lab session, under the names that its fields have now."""

import pytest
from django.utils import timezone

from labs import failure_sentences
from labs.engine import errors
from labs.lifecycle import shown_stages
from labs.models import LabSession, ShownStage
from labs.registry import versions
from tests.migrating import migrate, migrate_to_today
from vaka.accounts.models import User

BEFORE, AFTER = [("labs", "0022_sentences_in_plain_english")], [("labs", "0023_plain_names")]


@pytest.mark.django_db(transaction=True)
def test_a_session_of_an_older_site_keeps_its_start_its_handovers_its_pause_and_its_jobs():
    try:
        apps = migrate(BEFORE)
        now = timezone.now()
        old = {"begun_with": {"r1": {"running": "x"}}, "handed_over": ["r2"], "went_on_at": now}
        session = apps.get_model("labs", "LabSession").objects.create(lab="village", lab_version="0" * 12, **old)
        session.jobs.create(kind="jump", stage="file", ended_at=now)
        session.jobs.create(kind="reset", ended_at=now)

        apps = migrate(AFTER)
        session = apps.get_model("labs", "LabSession").objects.get()
        assert session.initial_state == {"r1": {"running": "x"}}
        assert (session.nodes_to_reset, session.pause_ended_at) == (["r2"], now)
        assert [(job.kind, job.stage) for job in session.jobs.order_by("pk")] == [("skip", "file"), ("reset", "")]

        apps = migrate(BEFORE)
        session = apps.get_model("labs", "LabSession").objects.get()
        assert (session.begun_with, session.handed_over) == ({"r1": {"running": "x"}}, ["r2"])
        assert [job.kind for job in session.jobs.order_by("pk")] == ["jump", "reset"]
    finally:
        migrate_to_today()


@pytest.mark.django_db(transaction=True)
def test_checks_without_a_grade_of_an_older_site_are_ungraded():
    try:
        apps = migrate([("labs", "0033_check_without_a_grade")])
        now = timezone.now()
        learner = User.objects.create(username="ada")
        session = apps.get_model("labs", "LabSession").objects.create(lab="village", lab_version="0" * 12)
        for kind in ("look", "attempt"):
            job = session.jobs.create(kind=kind, ended_at=now)
            result = {"lab": "village", "lab_version": "0" * 12, "score": 1, "out_of": 2, "unknown": 0}
            times = {"asked_at": now, "started_at": now, "finished_at": now}
            session.attempts.create(kind=kind, job=job, learner_id=learner.pk, **result, **times)

        apps = migrate([("labs", "0034_ungraded_checks")])
        for name in ("Job", "Attempt"):
            kinds = apps.get_model("labs", name).objects.order_by("pk").values_list("kind", flat=True)
            assert list(kinds) == ["ungraded", "attempt"]

        apps = migrate([("labs", "0033_check_without_a_grade")])
        for name in ("Job", "Attempt"):
            kinds = apps.get_model("labs", name).objects.order_by("pk").values_list("kind", flat=True)
            assert list(kinds) == ["look", "attempt"]
    finally:
        migrate_to_today()


@pytest.mark.django_db(transaction=True)
def test_what_an_older_site_has_skipped_stays_shown():
    try:
        apps = migrate([("labs", "0037_opened_class_seats")])
        ada, ngozi = (User.objects.create(username=name).pk for name in ("ada", "ngozi"))
        new = apps.get_model("labs", "LabSession").objects.create
        same = {"lab": "village", "lab_version": "0" * 12, "seed": 7}
        for _twice in range(2):
            new(learner_id=ada, state="stopped", assisted=["addresses"], **same)
        new(learner=None, state="pooled", **same)
        shared = new(learner_id=ngozi, is_class=True, assisted=["port"], **same)
        shared.seats.create(user_id=ada, nodes=["r1", "h1"], assisted=["session"])

        rows = migrate([("labs", "0038_shown_stages")]).get_model("labs", "ShownStage").objects
        found = rows.values_list("learner", "lab", "seed", "nodes", "stage")
        assert sorted(found) == [
            (ada, "village", 7, [], "addresses"),
            (ada, "village", 7, ["r1", "h1"], "port"),
            (ada, "village", 7, ["r1", "h1"], "session"),
        ]
    finally:
        migrate_to_today()


@pytest.mark.django_db(transaction=True)
def test_what_an_older_site_has_shown_says_what_was_typed():
    try:
        apps = migrate([("labs", "0038_shown_stages")])
        ada = User.objects.create(username="ada")
        rows = apps.get_model("labs", "ShownStage").objects
        for lab, stage in (("first-ebgp", "prefer"), ("first-ebgp", "originate"), ("a lab that is gone", "any")):
            rows.create(learner_id=ada.pk, lab=lab, seed=5, stage=stage)
    finally:
        migrate_to_today()
    lab = versions.newest("first-ebgp", 6)
    there = LabSession(learner=ada, lab=lab.id, lab_version=lab.version, seed=6)
    assert shown_stages.of(there) == {"prefer"}
    assert ShownStage.objects.get(stage="any").lines == ""


@pytest.mark.django_db(transaction=True)
def test_a_stored_failure_names_no_command_that_an_installed_site_has_not():
    old = "The lab image belongs to another version of this site, so no lab can start. Tell the person who runs this site: "
    try:
        apps = migrate([("labs", "0041_time_of_work")])
        of_make = f"{old}“make image” builds the new one."
        apps.get_model("labs", "LabSession").objects.create(lab="village", lab_version="0" * 12, error=of_make)

        apps = migrate([("labs", "0042_no_command_of_a_clone")])
        assert apps.get_model("labs", "LabSession").objects.get().error == failure_sentences.SENTENCES[errors.ImageOld]

        apps = migrate([("labs", "0041_time_of_work")])
        assert apps.get_model("labs", "LabSession").objects.get().error == of_make
    finally:
        migrate_to_today()
