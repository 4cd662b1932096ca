"""The labs of an agenda that two planners change at once. SQLite has one writer at a time: only PostgreSQL can fail here."""

from threading import Thread

import pytest
from django.db import connection, transaction

from tests.vaka.workshops.conftest import adds_item
from vaka.workshops.models import AgendaItem, LabOnAgenda


@pytest.fixture
def evening_and_morning(workshop):
    return adds_item(workshop, "Evening", labs=["first-light"]), adds_item(workshop, "Morning")


def beside_a_change_of(item, labs, change):
    """Run the other change on a second connection, before the first one is committed. It may wait for the commit."""

    def on_a_second_connection():
        try:
            change()
        finally:
            connection.close()

    other = Thread(target=on_a_second_connection)
    with transaction.atomic():
        item.labs = labs
        item.save()
        other.start()
        other.join(0.5)
    other.join()


def current(workshop):
    return list(LabOnAgenda.objects.filter(workshop=workshop, until_at=None).values_list("lab", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_lab_that_moves_to_another_item_by_two_changes_at_once_stays_on_the_agenda(workshop, evening_and_morning):
    evening, morning = evening_and_morning
    morning.labs = ["first-light"]
    beside_a_change_of(evening, [], morning.save)
    assert workshop.labs == current(workshop) == ["first-light"]


@pytest.mark.django_db(transaction=True)
def test_a_lab_whose_other_item_is_deleted_at_the_same_time_stays_on_the_agenda(workshop, evening_and_morning):
    evening, morning = evening_and_morning
    beside_a_change_of(morning, ["first-light"], AgendaItem.objects.get(pk=evening.pk).delete)
    assert workshop.labs == current(workshop) == ["first-light"]
