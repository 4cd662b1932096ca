"""The report for the funder of a workshop: people, hours, groups of people, gain and certificates. It names nobody.

A group of fewer than ``SMALLEST`` people is not shown by itself, and cannot be computed from what is shown.

Guests, and people who never joined, are deleted some time after the workshop. What they count for here is added to
``Workshop.expired_guests`` before (``with_expired``), so the report stays as it was.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from vaka.credentials.models import Credential, CredentialQuerySet
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


def _people(seats: Collection[Seat]) -> int:
    """Two people at one seat are two."""
    return len(seats) + sum(bool(seat.partner) for seat in seats)


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
    def _kept(self) -> Mapping[str, Any]:
        """Return what is kept of people who are deleted. Version 0.13 kept a count of seats only: each counts as one person."""
        expired = self.workshop.expired_guests
        return expired.get("funder") or {"people": expired.get("seats", 0)}

    @property
    def expired(self) -> int:
        """People who took part and are deleted."""
        return int(self._kept["people"])

    @property
    def people(self) -> int:
        """Those who took part. Two people at one seat are two."""
        return _people(self._there) + self.expired

    @property
    def hours_held(self) -> float:
        return self._grid.hours_held

    @property
    def person_hours(self) -> float:
        """The hours that people attended. Two people at one seat attend together."""
        return round(self._hours(self._there) + float(self._kept.get("hours", 0)), 1)

    def _hours(self, seats: Iterable[Seat]) -> float:
        return sum(self._grid.hours(seat) * _people([seat]) for seat in seats)

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
        return self._certificates().count() + int(self._kept.get("certificates", 0))

    def _certificates(self) -> CredentialQuerySet:
        return Credential.objects.filter(achievement=achievement(self.workshop)).not_revoked()

    @cached_property
    def exams(self) -> list[tuple[AgendaItem, int, int]]:
        """(exam, how many sat it, how many passed) of each exam with opened results that enough people sat."""
        counts = self._exam_counts(self._report.exams)
        shown = [item for item in self.workshop.agenda.all() if counts.get(str(item.pk), (0, 0))[0] >= SMALLEST]
        return [(item, *counts[str(item.pk)]) for item in shown]

    def _exam_counts(self, seats: Collection[int]) -> dict[str, tuple[int, int]]:
        """(how many sat it, how many passed) by id of the exam, of these seats and of people who are deleted."""
        counts = {item: (sat, passed) for item, (sat, passed) in self._kept.get("exams", {}).items()}
        for result in (one for seat in seats for one in self._report.exams.get(seat, ())):
            sat, passed = counts.get(str(result.item.pk), (0, 0))
            counts[str(result.item.pk)] = sat + 1, passed + result.passed
        return counts

    def with_expired(self, seats: Collection[int]) -> dict[str, Any]:
        """Return what ``expired_guests["funder"]`` must be once these seats and their users are deleted."""
        there = [seat for seat in self._there if seat.pk in seats]
        users = [seat.user_id for seat in self._grid.seats if seat.pk in seats and seat.user_id]
        return {
            "people": self.expired + _people(there),
            "hours": round(self._kept.get("hours", 0) + self._hours(there), 2),
            "certificates": self._kept.get("certificates", 0) + self._certificates().filter(learner__in=users).count(),
            "exams": self._exam_counts(seats),
        }

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
