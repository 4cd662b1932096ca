"""Time zones: the names that forms offer, and a field in which one searches for a name by typing."""

from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

TABLE = "zone.tab"  # of the time zone database: one line for each name that is in use in a country
REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def offered() -> tuple[str, ...]:
    """Return the names that forms offer, without aliases such as US/Pacific; on a machine without the table, nearly so."""
    known = available_timezones()
    table = next((file for folder in TZPATH if (file := Path(folder) / TABLE).is_file()), None)
    if table:
        rows = (line.split("\t") for line in table.read_text().splitlines() if not line.startswith("#"))
        names = {row[2] for row in rows if len(row) > 2} & known
    else:
        names = {name for name in known if name.partition("/")[0] in REGIONS}
    return ("UTC", *sorted(names))


def zone_of(name: str) -> ZoneInfo:
    """Return the time zone; UTC for a name that this server does not know any more."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


class TimeZoneInput(forms.TextInput):
    """A text field with a list of suggestions, in which browsers search while one types."""

    template_name = "web/time_zone.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        own = {"list": f"list_{name}", "autocomplete": "off", "spellcheck": "false", **(attrs or {})}
        return {**super().get_context(name, value, own), "names": offered()}


class TimeZoneField(forms.CharField):
    """The name of a time zone. An alias is accepted, because browsers report some; it is not offered."""

    widget = TimeZoneInput
    default_error_messages = {
        "unknown": _("There is no such time zone. Choose one from the list, such as Pacific/Fiji.")
    }

    def clean(self, value: Any) -> str:
        name: str = super().clean(value)
        if name not in available_timezones() - {"localtime"}:
            raise ValidationError(self.error_messages["unknown"], code="unknown")
        return name
