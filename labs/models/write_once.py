"""Rows that are written once and never changed. They are deleted only together with the account that they belong to."""

from typing import Any, NoReturn

from django.db import models

REFUSAL = "An attempt cannot be changed or deleted."


class WriteOnceQuerySet[Row: models.Model](models.QuerySet[Row]):
    """Refuses to update and to delete. The cascade of a deleted account does not call these methods, so it still works."""

    def update(self, **fields: Any) -> NoReturn:
        raise TypeError(REFUSAL)

    def delete(self) -> NoReturn:
        raise TypeError(REFUSAL)

    delete.alters_data = True  # type: ignore[attr-defined]  # Django sets these on functions; mypy knows none there
    delete.queryset_only = True  # type: ignore[attr-defined]  # as above


class WriteOnce(models.Model):
    """A row that is written once."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(REFUSAL)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(REFUSAL)
