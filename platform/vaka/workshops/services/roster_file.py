"""A roster as a CSV file: its columns and their fields. A person maps the columns of other programs' exports first."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vaka.web.person_names import visible
from vaka.web.spreadsheets import delimiter, plain

LARGEST = 100 << 10  # bytes
MOST_LINES, MOST_COLUMNS = 2000, 60
DELIMITERS = ",;\t"
SAMPLES = 3  # lines that the mapping shows

# The kinds of columns. The last three are for the report only.
FIELDS: Mapping[str, str | Promise] = {
    "name": gettext_lazy("Name"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "partner": gettext_lazy("Partner"),
    "seat": gettext_lazy("Seat number"),
    "country": gettext_lazy("Country"),
    "organisation": gettext_lazy("Organisation"),
    "gender": gettext_lazy("Gender"),
}
OWN = {"seat", "name", "partner", "joined", "country", "organisation", "gender"}  # the columns of our own export
# Headers of other programs: Indico, pretix, Moodle, and common questions of a form
KNOWN = {
    "full name": "name",
    "your name": "name",
    "attendee name": "name",
    "first name": "first_name",
    "firstname": "first_name",
    "given name": "first_name",
    "attendee name: given name": "first_name",
    "last name": "last_name",
    "lastname": "last_name",
    "surname": "last_name",
    "family name": "last_name",
    "attendee name: family name": "last_name",
    "country/region": "country",
    "organization": "organisation",
    "affiliation": "organisation",
    "institution": "organisation",
    "company": "organisation",
}

type Line = Mapping[str, str]  # the cells of a line, by field


class RosterErrors(Exception):
    """The mistakes of a file: a sentence for each place. Nothing of the file was imported."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Table:
    """A file: its first line, and the others that are not empty, each as (line number, cells)."""

    text: str
    first: tuple[int, Sequence[str]]
    rows: Sequence[tuple[int, Sequence[str]]]

    @property
    def header(self) -> Sequence[str]:
        """The cells of the first line. In a file without a header they are those of a person."""
        return self.first[1]

    @property
    def seems_to_lack_header(self) -> bool:
        """Whether the site knows no cell of the first line as a header: then it is probably a person."""
        return not any(self.guesses)

    @property
    def is_own(self) -> bool:
        """Whether it has the columns of our own export and no others, so that nobody needs to map them."""
        names = [cell.lower() for cell in self.header]
        return "name" in names and len(set(names)) == len(names) and set(names) <= OWN

    @property
    def guesses(self) -> list[str]:
        """The field of each column by its header; empty for a header that the site does not know."""
        found = list[str]()
        for cell in self.header:
            name = cell.strip().rstrip("?:").lower()
            field = name if name in FIELDS else KNOWN.get(name, "")
            found.append("" if field in found else field)
        return found

    def samples(self, column: int) -> list[str]:
        cells = (row[column] for _line, row in self.rows if column < len(row))
        return [cell for cell in cells if cell][:SAMPLES]

    def lines(self, fields: Sequence[str], *, first_is_person: bool = False) -> list[tuple[int, Line]]:
        """The lines of people, with the field of each column; "" is ignored. Raises RosterErrors."""
        rows = [self.first, *self.rows] if first_is_person else self.rows
        used = [field for field in fields if field in FIELDS]
        twice = _("Two columns are “%(field)s”. Choose another meaning for one of them.")
        errors = [twice % {"field": FIELDS[one]} for one in FIELDS if used.count(one) > 1]
        if not {"name", "first_name", "last_name"} & set(used):
            errors.append(_("No column is the name. Choose the column that has the names."))
        if errors:
            raise RosterErrors(errors)
        if not rows:
            raise RosterErrors([_("The file has no names. Choose one with a name in each line.")])
        return [(number, _person(dict(zip(fields, cells, strict=False)))) for number, cells in rows]


def _person(cells: dict[str, str]) -> Line:
    """The cells of a line without ignored ones. A name in two columns becomes one."""
    line = {field: cell for field, cell in cells.items() if field in FIELDS}
    parts = [line.pop("first_name", ""), line.pop("last_name", "")]
    line["name"] = line.get("name") or " ".join(filter(None, parts))
    return line


def read(data: bytes) -> Table:
    """Read a file. Raises RosterErrors."""
    if len(data) > LARGEST:
        raise RosterErrors([_("The file is larger than 100 KB. Import a file that has only names.")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise RosterErrors(
            [_("Line %(line)d: this is not UTF-8. Save the file as “CSV UTF-8”.") % {"line": line}]
        ) from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # old spreadsheets of the Mac end a line with \r alone
    first, _end, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first) == len("sep=") + 1:  # Excel's own note on what separates columns
        text, first = f"\n{rest}", rest.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=delimiter(first, DELIMITERS))
    found = list[tuple[int, list[str]]]()
    try:
        for cells in reader:
            values = [visible(plain(cell)) for cell in cells]
            if any(values):
                found.append((reader.line_num, values))
    except csv.Error as error:
        raise RosterErrors([_("Line %(line)d: %(why)s.") % {"line": reader.line_num, "why": error}]) from None
    if not found:
        raise RosterErrors([_("The file has no names. Choose one with a name in each line.")])
    if len(found) > MOST_LINES or len(found[0][1]) > MOST_COLUMNS:
        raise RosterErrors([_("The file has too many lines or columns. Import a file that has only names.")])
    return Table(text, found[0], found[1:])
