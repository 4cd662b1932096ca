"""The report for the funder of a workshop: people, hours, groups of people, gain and certificates. It names nobody.

A group of fewer than ``SMALLEST`` people is not shown by itself, and cannot be computed from what is shown.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from vaka.credentials.models import Credential
from vaka.workshops.models import AgendaItem, Seat, Workshop
from vaka.workshops.services import learning_gain
from vaka.workshops.services.agenda_attendance import AttendanceGrid
from vaka.workshops.services.certificates import achievement
from vaka.workshops.services.learning_gain import CourseResult
from vaka.workshops.services.report import Report

SMALLEST = learning_gain.LEAST  # people in a group that is shown


@dataclass(frozen=True, slots=True)
class Group:
    """The people of one group. The group without a name has those who gave no answer, and the groups that are too small."""

    name: str
    people: int


def groups(values: Iterable[str]) -> list[Group]:
    """Count people by their answer; "" is no answer. The largest group comes first, the one without a name last.

    Small groups are added to the nameless one. If that one is still small, it would reveal them, so the smallest named group is
    added too.
    """
    spelled: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for value in values:
        key = " ".join(value.split()).casefold()
        spelled.setdefault(key, value.strip())
        counts[key] += 1
    named = sorted(((count, key) for key, count in counts.items() if key), reverse=True)
    nameless, hidden = counts[""], False
    while named and (named[-1][0] < SMALLEST or (hidden and nameless < SMALLEST)):
        nameless, hidden = nameless + named.pop()[0], True
    found = [Group(spelled[key], count) for count, key in named]
    return [*found, Group("", nameless)] if nameless else found


@dataclass(frozen=True)
class FundersReport:
    workshop: Workshop

    @cached_property
    def _grid(self) -> AttendanceGrid:
        return AttendanceGrid(self.workshop)

    @cached_property
    def _report(self) -> Report:
        return Report(self.workshop)

    @cached_property
    def _there(self) -> list[Seat]:
        """The seats that took part: on a day, or in an agenda item."""
        days = {row.seat.pk for row in self._report.rows if row.days}
        return [seat for seat in self._grid.seats if seat.pk in days or self._grid.hours(seat)]

    @property
    def expired(self) -> int:
        """Guests who are deleted, of whom only counts are kept."""
        return int(self.workshop.expired_guests.get("seats", 0))

    @property
    def people(self) -> int:
        """Those who took part. Two people at one seat are two."""
        return len(self._there) + sum(bool(seat.partner) for seat in self._there) + self.expired

    @property
    def hours_held(self) -> float:
        return self._grid.hours_held

    @property
    def person_hours(self) -> float:
        """The hours that people attended. Two people at one seat attend together. Expired guests are not counted."""
        return round(sum(self._grid.hours(seat) * (2 if seat.partner else 1) for seat in self._there), 1)

    @property
    def genders(self) -> list[Group]:
        return groups(self._given("gender"))

    @property
    def countries(self) -> list[Group]:
        return groups(self._given("country"))

    def _given(self, field: str) -> Iterator[str]:
        """Yield the answer of each person. A roster has one for the first person of a seat only."""
        for seat in self._there:
            yield getattr(seat, field)
            if seat.partner:
                yield ""
        yield from [""] * self.expired

    @cached_property
    def learning(self) -> Sequence[CourseResult]:
        return [one for one in learning_gain.results(self.workshop) if one.has_gain]

    @cached_property
    def certificates(self) -> int:
        return Credential.objects.filter(achievement=achievement(self.workshop)).not_revoked().count()

    @cached_property
    def exams(self) -> list[tuple[AgendaItem, int, int]]:
        """(exam, how many sat it, how many passed) of each exam with opened results that enough people sat."""
        found: dict[AgendaItem, list[bool]] = {}
        for results in self._report.exams.values():
            for result in results:
                found.setdefault(result.item, []).append(result.passed)
        return [(item, len(passed), sum(passed)) for item, passed in found.items() if len(passed) >= SMALLEST]

    def table(self) -> Iterator[list[object]]:
        """The rows of the CSV file: what, which, and the number."""
        yield [_("What"), _("Which"), _("Number")]
        yield [_("People"), "", self.people]
        yield [_("Hours held"), "", self.hours_held]
        yield [_("Hours attended by all people"), "", self.person_hours]
        for title, shown in ((_("Gender"), self.genders), (_("Country"), self.countries)):
            for group in shown:
                yield [title, group.name or _("Not given, or fewer than %(n)d people") % {"n": SMALLEST}, group.people]
        for one in self.learning:
            yield [_("Right before the course, percent"), one.course.title, one.total.before.percent]
            yield [_("Right after the course, percent"), one.course.title, one.total.after.percent]
            if one.total.gain is not None:
                yield [_("Normalised gain"), one.course.title, round(one.total.gain, 2)]
        for item, sat, passed in self.exams:
            yield [_("Sat the exam"), item.title, sat]
            yield [_("Passed the exam"), item.title, passed]
        yield [_("Certificates"), "", self.certificates]
