"""Rows that are facts: written once, and never changed or taken back. They go only with the account that they belong to."""

from typing import Any, NoReturn

from django.db import models

KEPT = "An attempt is kept as it was."


class KeptQuerySet[Row: models.Model](models.QuerySet[Row]):
    """Rows to add and to read. What belongs to an account goes with it: Django removes that by a way of its own."""

    def update(self, **facts: Any) -> NoReturn:
        raise TypeError(KEPT)

    def delete(self) -> NoReturn:
        raise TypeError(KEPT)

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class Kept(models.Model):
    """A row that is written once."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(KEPT)
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(KEPT)
