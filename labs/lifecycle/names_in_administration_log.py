"""Removes a deleted person's names from the administration's log. The actions stay.

Which rows are the person's is found from the models: those that go with the account's row, over any number of relations.
"""

import json
import re
from collections.abc import Callable, Iterator
from itertools import batched
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from labs.models import LabSession
from vaka.accounts.models import User

# How entries begin that name the holder of a class-lab seat (labs.views.class_labs): the lab itself is another person's
NAMING = ("Gave {} the seat ", "Took the seat of {} away.", "Let a bot play the seat of {}.")
GOES_WITH_IT = (models.CASCADE, models.DB_CASCADE)
BATCH = 500  # rows in one query

type Field = models.Field[Any, Any]


def forget(person: User) -> None:
    """Replace the person's names with the account's number. It must be called before the account's row is deleted."""
    number, names, names_in_gone_rows = f"account {person.pk}", _pattern(person), _pattern(person, is_gone=True)
    for kind in ContentType.objects.filter(pk__in=LogEntry.objects.order_by().values("content_type").distinct()):
        model = kind.model_class()
        if model is None:
            continue
        goes, stays = paths(model)
        if not goes and not stays and model is not User:
            continue
        entries = LogEntry.objects.filter(content_type=kind)
        for some in batched(entries.order_by().values_list("object_id", flat=True).distinct(), BATCH, strict=False):
            rows = _Rows(model, [one for one in some if one is not None])
            theirs = {str(person.pk)} if model is User else rows.of(person, goes)
            about = theirs | rows.of(person, stays)
            _rewrite(entries.filter(object_id__in=about), lambda text: names.sub(number, text))
            # A row that is gone already can be known by its text only
            _rewrite(entries.filter(object_id__in=rows.gone()), lambda text: names_in_gone_rows.sub(number, text))
            # What is theirs may also be called by a name that is not the account's, such as that of a seat
            _rewrite(entries.filter(object_id__in=theirs), lambda _text: number)
    _forget_seats(person.username, number)


def paths(model: type[models.Model]) -> tuple[list[str], list[str]]:
    """Return the lookups that lead from a row to its person: if the row goes with the account, and if it stays."""
    found = list(_paths(model, frozenset()))
    return [path for path, goes in found if goes], [path for path, goes in found if not goes]


def _paths(model: type[models.Model], used: frozenset[Field]) -> Iterator[tuple[str, bool]]:
    for field in (*model._meta.fields, *model._meta.many_to_many):
        related = field.related_model
        if related is None or field in used:
            continue
        goes = getattr(field.remote_field, "on_delete", None) in GOES_WITH_IT
        if related is User:
            yield field.name, goes
        elif goes:
            for path, all_go in _paths(related, used | {field}):
                yield f"{field.name}__{path}", all_go


class _Rows:
    """The rows of a model that some entries are about."""

    def __init__(self, model: type[models.Model], ids: list[str]) -> None:
        self.ids = ids
        self.rows = model._base_manager.filter(pk__in=[one for one in ids if _is_key(model, one)])

    def of(self, person: User, lookups: list[str]) -> set[str]:
        return {
            str(pk) for path in lookups for pk in self.rows.filter(**{path: person.pk}).values_list("pk", flat=True)
        }

    def gone(self) -> set[str]:
        return set(self.ids) - {str(pk) for pk in self.rows.values_list("pk", flat=True)}


def _is_key(model: type[models.Model], text: str) -> bool:
    try:
        model._meta.pk.to_python(text)
    except ValidationError:
        return False
    return True


def _pattern(person: User, *, is_gone: bool = False) -> re.Pattern[str]:
    """Return what finds the names and addresses as whole words: "ada" is found in neither "ada-2" nor "ada@vaka.example".

    If the row of an entry is gone, the text may name another person: one word such as "Ada" is a name of many. So a full name
    counts only if it has two words, and the username only as it is written.
    """
    addresses = person.emailaddress_set.values_list("email", flat=True)  # type: ignore[attr-defined]  # of allauth's model
    full_name = person.get_full_name()
    in_any_case = {person.email, *addresses}
    if not is_gone or len(full_name.split()) > 1:
        in_any_case.add(full_name)
    if not is_gone:
        in_any_case.add(person.username)
    names = {person.username: re.escape(person.username)}
    names |= {name: f"(?i:{re.escape(name)})" for name in in_any_case if name}
    longest_first = "|".join(names[name] for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<![\w.@+-])(?:{longest_first})(?![\w@+-]|\.\w)")


def _rewrite(entries: models.QuerySet[LogEntry], rewrite: Callable[[str], str]) -> None:
    """Rewrite what the entries call their rows."""
    length = LogEntry._meta.get_field("object_repr").max_length
    for entry in entries.only("object_repr", "change_message"):
        called, message = rewrite(entry.object_repr)[:length], _with_rows(entry.change_message, rewrite)
        if (called, message) != (entry.object_repr, entry.change_message):
            LogEntry.objects.filter(pk=entry.pk).update(object_repr=called, change_message=message)


def _with_rows(message: str, rewrite: Callable[[str], str]) -> str:
    """Rewrite what a message calls the rows that were changed with another one: the JSON of the administration."""
    try:
        changes = json.loads(message)
        for change in changes:
            for facts in change.values():
                if "object" in facts:
                    facts["object"] = rewrite(facts["object"])
    except (ValueError, TypeError, AttributeError):  # a sentence of ours, which names nobody (but see NAMING)
        return message
    return json.dumps(changes)


def _forget_seats(name: str, number: str) -> None:
    beginnings = Q()
    for beginning in NAMING:
        beginnings |= Q(change_message__startswith=beginning.format(name))
    kind = ContentType.objects.get_for_model(LabSession)
    for entry in LogEntry.objects.filter(beginnings, content_type=kind):
        text = entry.change_message.replace(name, number, 1)
        LogEntry.objects.filter(pk=entry.pk).update(change_message=text)
