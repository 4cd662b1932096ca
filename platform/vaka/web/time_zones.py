"""Time zones: the names that forms offer, and a field in which one searches for a name by typing."""

from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Files of the time zone database
TABLE = "zone.tab"  # one line for each name that is in use in a country
SOURCE = "tzdata.zi"  # has a line "L NAME ALIAS" for each alias
MOST_NAMED = 8  # of the time zones that match
REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def offered() -> tuple[str, ...]:
    """Return the names that forms offer, without aliases such as US/Pacific; on a machine without the table, nearly so."""
    known = available_timezones()
    table = _lines(TABLE)
    if table:
        rows = (line.split("\t") for line in table if not line.startswith("#"))
        names = {row[2] for row in rows if len(row) > 2} & known
    else:
        names = {name for name in known if name.partition("/")[0] in REGIONS}
    return ("UTC", *sorted(names))


@cache
def _aliases() -> dict[str, str]:
    """Return the name for each alias; nothing on a machine without the file."""
    links = (line.split() for line in _lines(SOURCE) if line.startswith("L "))
    return {words[2]: words[1] for words in links if len(words) == 3}


def _lines(name: str) -> list[str]:
    file = next((file for folder in TZPATH if (file := Path(folder) / name).is_file()), None)
    return file.read_text().splitlines() if file else []


def without_alias(name: str) -> str:
    """Return the name by which forms offer this time zone: Asia/Kolkata for Asia/Calcutta."""
    found = _aliases().get(name, name)
    return found if name not in offered() and found in offered() else name


def matching(typed: str) -> list[str]:
    """Return the offered time zones whose city was typed, also by an alias; if there is none, those with it in their name."""
    words = " ".join(typed.lower().replace("_", " ").split())
    if not words:
        return []
    names = {name: name.lower().replace("_", " ") for name in (*offered(), *_aliases())}
    for fits in (
        [name for name, said in names.items() if words in (said, said.rpartition("/")[2])],
        [name for name, said in names.items() if words in said],
    ):
        if found := {without_alias(name) for name in fits} & set(offered()):
            return sorted(found)
    return []


def zone_of(name: str) -> ZoneInfo:
    """Return the time zone; UTC for a name that this server does not know any more."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


class TimeZoneInput(forms.TextInput):
    """A text field with a list of suggestions, in which browsers search while one types."""

    template_name = "web/time_zone_input.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        own = {"list": f"list_{name}", "autocomplete": "off", "spellcheck": "false", **(attrs or {})}
        return {**super().get_context(name, value, own), "names": offered()}


class TimeZoneField(forms.CharField):
    """The name of a time zone. An alias is accepted, because browsers report some, and its name is taken."""

    widget = TimeZoneInput
    default_error_messages = {
        "unknown": _("There is no such time zone. Choose one from the list, such as Pacific/Fiji."),
        "several": _("Several time zones match: %(names)s. Choose one of them."),
    }

    def clean(self, value: Any) -> str:
        name: str = super().clean(value)
        if name in available_timezones() - {"localtime"}:
            return without_alias(name)
        found = matching(name)
        if len(found) > 1:
            raise ValidationError(
                self.error_messages["several"], code="several", params={"names": ", ".join(found[:MOST_NAMED])}
            )
        if not found:
            raise ValidationError(self.error_messages["unknown"], code="unknown")
        return found[0]
