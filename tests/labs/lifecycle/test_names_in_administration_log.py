"""No entry of the administration's log names a person whose account is deleted. The test walks all models that there are."""

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.admin.utils import NestedObjects
from django.utils import timezone

from courses.models import Enrolment, LessonDone
from labs.lifecycle import names_in_administration_log
from tests import builders
from tests.every_row import EveryRow
from vaka.mentoring.models import Programme

pytestmark = pytest.mark.django_db


def logged(by, row, flag=CHANGE):
    message = [{"changed": {"name": "row", "object": str(row), "fields": ["name"]}}]
    rows = type(row)._base_manager.filter(pk=row.pk)
    [entry] = LogEntry.objects.log_actions(by.pk, rows, flag, message)
    return entry


def going_with(person):
    """All rows that Django would delete with the account, whatever the code under test says."""
    collector = NestedObjects(using="default")
    collector.collect([person])
    rows = [row for rows in collector.data.values() for row in rows]
    return rows + [row for fast in collector.fast_deletes for row in fast]


def test_no_entry_about_any_row_of_a_person_names_them_after_the_deletion(olga, ada, linus):
    of_ada, of_linus = EveryRow(ada), EveryRow(linus)
    with_a_person = [model for model in apps.get_models() if any(names_in_administration_log.paths(model))]
    for model in with_a_person:
        of_ada.of(model)
    found = going_with(ada)
    go = {model for model in with_a_person if names_in_administration_log.paths(model)[0]}
    through = {model for model in map(type, found) if model._meta.auto_created}
    assert {type(row) for row in found} - through - {type(ada)} == go, "the models know all that goes with an account"
    entries = [logged(olga, row) for row in [*found, *map(of_ada.of, set(with_a_person) - go)]]
    assert len([entry for entry in entries if "ada" in entry.object_repr]) > 20
    entries_about_linus = [logged(olga, of_linus.of(model)) for model in (Enrolment, LessonDone)]
    ada.delete()
    assert LogEntry.objects.filter(user=olga).count() == len(entries) + len(entries_about_linus), "the actions stay"
    for entry in LogEntry.objects.filter(pk__in=[entry.pk for entry in entries]):
        assert "ada" not in f"{entry.object_repr} {entry.change_message}".lower(), entry.content_type
    assert list(LogEntry.objects.filter(object_repr__contains="linus").order_by("pk")) == entries_about_linus


def test_entries_about_rows_that_administrators_have_deleted_before_lose_the_name(olga, ada, linus):
    mine = Enrolment.objects.create(learner=ada, course="ipv6")
    other = Enrolment.objects.create(learner=linus, course="ada")  # a course of that name
    for row in (mine, other):
        logged(olga, row, DELETION)
    mine.delete()
    ada.delete()
    assert list(LogEntry.objects.order_by("pk").values_list("object_repr", flat=True)) == [
        f"account {mine.learner_id} in ipv6",
        "linus in ada",
    ]


@pytest.mark.parametrize(
    ("name", "called", "left"),
    [
        ("Ada", "Seat 4: Ada", "Seat 4: Ada"),  # another Ada
        ("Ada", "Seat 4: ada", "Seat 4: N"),
        ("Ada", "confirmation for Ada@vaka.example", "confirmation for N"),
        ("Ada Lovelace", "Seat 4: ADA LOVELACE", "Seat 4: N"),
        ("Ada Lovelace", "Seat 4: Ada Byron", "Seat 4: Ada Byron"),
    ],
)
def test_entries_about_rows_that_are_gone_keep_the_names_of_other_people(olga, name, called, left):
    """Regression: the entry about the seat of one Ada lost the name when another Ada was deleted."""
    ada = builders.make_person("ada", name=name, email="ada@vaka.example")
    row = Enrolment.objects.create(learner=olga, course="ipv6")
    entry = logged(olga, row, DELETION)
    LogEntry.objects.filter(pk=entry.pk).update(object_repr=called)
    row.delete()
    number = f"account {ada.pk}"
    ada.delete()
    entry.refresh_from_db()
    assert entry.object_repr == left.replace("N", number)


def test_rows_that_stay_lose_the_name_only(olga):
    zoe = builders.make_person("zoe", name="Zoë Åkesson")
    programme = Programme.objects.create(title="Mentoring by Zoë Åkesson", begins=timezone.now().date())
    programme.coordinators.add(zoe)
    entry = logged(olga, programme)
    number = zoe.pk
    zoe.delete()
    entry.refresh_from_db()
    assert entry.object_repr == f"Mentoring by account {number}"
    assert entry.get_change_message() == f"Changed name for row “Mentoring by account {number}”."


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ada", "N"),
        ("Took the seat of ada.", "Took the seat of N."),
        ("ada-2, ada.b, adam, nada, a@ada", "ada-2, ada.b, adam, nada, a@ada"),
        ("confirmation for ada@vaka.example", "confirmation for N"),
        ("ADA LOVELACE", "N"),
    ],
)
def test_names_are_found_as_whole_words(ada, text, left):
    assert names_in_administration_log._pattern(ada).sub("N", text) == left
