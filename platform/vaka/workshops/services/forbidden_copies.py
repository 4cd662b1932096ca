"""Copies of trainees' labs that the team of a workshop has open: they end with the permission to look into the labs."""

from django.db import transaction

from labs.lifecycle import services
from vaka.accounts.models import User
from vaka.workshops.models import Workshop


def stop(workshop: Workshop, *left: User) -> None:
    """Stop the copies that people of the team may not have any more, and those of people who have LEFT it, after the commit.

    Call it after each change that can end a permission. Beat finds what no such change has caused: a group that somebody lost,
    or a workshop whose days are over.
    """
    people = {*workshop.team.values_list("user", flat=True), *(person.pk for person in left)}
    transaction.on_commit(lambda: services.stop_forbidden_copies(people))
