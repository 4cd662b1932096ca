"""Makes a row of any model for a person, from its fields. What a row means is not considered."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from vaka.accounts.models import User

# What the constraints of a model ask for
ASKED_FOR: dict[str, dict[str, Any]] = {
    "courses.QuizAnswer": {"right": False, "shown": False},
    "mentoring.Note": {"reach": "shared"},
    "mentoring.Assignment": {"lab": "first-light", "course": "", "lesson": ""},
}


class EveryRow:
    """The rows of one person: one of each model. Where a row needs another one, that is made too."""

    def __init__(self, person: User) -> None:
        self.person = person
        self.made: dict[type[models.Model], models.Model] = {User: person}

    def of(self, model: type[models.Model]) -> models.Model:
        if model not in self.made:
            row = model(**self._values(model))
            # No signals, no save() of the model's own
            self.made[model] = model._base_manager.bulk_create([row])[0]
            for field in model._meta.many_to_many:
                if field.related_model is User:
                    getattr(row, field.name).add(self.person)
        return self.made[model]

    def _values(self, model: type[models.Model]) -> dict[str, Any]:
        given = ASKED_FOR.get(model._meta.label, {})
        wanted = [field for field in model._meta.concrete_fields if field.name not in given and _is_needed(field)]
        return given | {field.name: self._value(field) for field in wanted}

    def _value(self, field: Any) -> Any:
        if field.is_relation:
            return self.of(field.related_model)
        if field.choices:
            return field.choices[0][0]
        match field:
            case models.EmailField():
                return self.person.email
            case models.CharField() | models.TextField():
                return f"{self.person.username} {field.name}"[: field.max_length]
            case models.DateTimeField():
                return timezone.now()
            case models.DateField():
                return timezone.now().date()
            case models.DurationField():
                return timedelta(seconds=1)
            case models.JSONField():
                return {}
            case models.BooleanField():
                return False
            case models.BinaryField():
                return b"x"
        return self.person.pk


def _is_needed(field: Any) -> bool:
    if field.is_relation and (field.related_model is User or _may_go_with_another(field)):
        return True  # also where it may be empty
    return not (
        field.null or field.blank or field.has_default() or isinstance(field, models.AutoField) or field.generated
    )


def _may_go_with_another(field: Any) -> bool:
    return field.remote_field.on_delete is models.CASCADE and field.related_model is not field.model
