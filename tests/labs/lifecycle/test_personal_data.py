"""What labs hold about a person goes with the account: rows, sign-ins, and the name in the log."""

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models.fields.reverse_related import ForeignObjectRel

from labs.models import Configuration, LabSession
from tests.builders import signed_in
from vaka.accounts.models import User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("state")]


def test_all_her_sign_ins_end(ada, linus, queue):
    for person in (ada, ada, linus):
        signed_in(person)
    ada.delete()
    assert Session.objects.count() == 1


def test_the_administrations_log_shows_a_number_instead_of_the_name(ada, olga, queue):
    LogEntry.objects.log_actions(olga.pk, User.objects.filter(pk=ada.pk), CHANGE, "Changed.", single_object=True)
    ngozi_wrote = ContentType.objects.get_for_model(LabSession)
    for text in ("Gave ada the seat left.", "Took the seat of ada away.", "Gave adalbert the seat right."):
        LogEntry.objects.create(
            user=olga, content_type=ngozi_wrote, object_id="1", action_flag=CHANGE, change_message=text
        )
    number = ada.pk
    ada.delete()
    assert LogEntry.objects.get(object_id=str(number), change_message="Changed.").object_repr == f"account {number}"
    assert {entry.change_message for entry in LogEntry.objects.filter(content_type=ngozi_wrote)} == {
        f"Gave account {number} the seat left.",
        f"Took the seat of account {number} away.",
        "Gave adalbert the seat right.",
    }


def test_no_row_refers_to_a_deleted_account(working, ada, linus, queue):
    """For every relation to an account, in any app: the rows are gone, or name nobody."""
    number = ada.pk
    ada.delete()
    relations = [one for one in User._meta.get_fields(include_hidden=True) if isinstance(one, ForeignObjectRel)]
    assert len(relations) > 20
    for relation in relations:
        rows = relation.related_model._default_manager.filter(**{relation.field.name: number})
        assert not rows.exists(), relation
    assert not Configuration.objects.exists()
    for relation in relations:
        if not relation.many_to_many:
            does = relation.field.remote_field.on_delete
            assert does in (models.CASCADE, models.SET_NULL), (
                f"{relation.related_model}.{relation.field.name} keeps accounts"
            )
