"""The lines of the preflight about what the site and its certificates need, before the workshop and again before its close.

``preflight_of_plan`` has those about the plan.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from labs.lifecycle import usage
from labs.models import LabSession
from vaka import operator_commands
from vaka.credentials import fonts
from vaka.workshops.models import AgendaItem, Seat, Workshop
from vaka.workshops.services import exam_results

NAMED = 10  # seats in a sentence


@dataclass(frozen=True, slots=True)
class Finding:
    """One question of the preflight. ``text`` is what was found; for a problem, also what it harms and what to do."""

    title: str
    text: str
    is_fine: bool


def findings(workshop: Workshop, join_url: str) -> list[Finding]:
    """The answers to all questions. JOIN_URL is the address that trainees get to read."""
    return [
        _join_address(join_url),
        _public_address(),
        _issuer(),
        _clock(workshop),
        _disk(),
        _names(workshop),
        _mail(),
        *_certificates(workshop),
        *_exams(workshop),
    ]


def is_only_here(url: str) -> bool:
    """Whether other computers cannot open an address."""
    host = urlsplit(url).hostname or ""
    address = _address(host)
    return host == "localhost" or host.endswith(".localhost") or (address is not None and address.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _join_address(url: str) -> Finding:
    title = _("Address to join")
    if is_only_here(url):
        text = _("%(url)s: other computers cannot open it, so nobody can join. Type on the server: %(command)s")
        values = {"url": url, "command": operator_commands.open_to_others()}
        return Finding(title, text % values, is_fine=False)
    return Finding(title, url, is_fine=True)


def _public_address() -> Finding:
    title, url = _("Address in certificates"), settings.PUBLIC_URL
    host = urlsplit(url).hostname or ""
    if is_only_here(url):
        text = _(
            "%(url)s: nobody else can open it, so nobody can verify a certificate. Set VAKA_PUBLIC_URL before the close."
        )
        return Finding(title, text % {"url": url}, is_fine=False)
    address = _address(host)
    if address is not None and not address.is_global:
        text = _(
            "%(url)s: it works in this network only, so nobody can verify a certificate at home. Set VAKA_PUBLIC_URL to "
            "the lasting address of the site before the close."
        )
        return Finding(title, text % {"url": url}, is_fine=False)
    return Finding(title, url, is_fine=True)


def _issuer() -> Finding:
    title = _("Issuer of certificates")
    if settings.ISSUER.startswith("Vaka, "):  # the default
        text = _("“%(name)s”: certificates name a server and no organisation. Set VAKA_ISSUER before the close.")
        return Finding(title, text % {"name": settings.ISSUER}, is_fine=False)
    return Finding(title, settings.ISSUER, is_fine=True)


def _clock(workshop: Workshop) -> Finding:
    title, now = _("Clock"), timezone.now()
    shown = date_format(now.astimezone(workshop.zone), "j F Y, H:i")
    if LabSession.objects.filter(created_at__gt=now).exists():
        text = _(
            "%(time)s: labs were started later than that, so the clock went back. Deadlines, attendance and the date of "
            "certificates would be wrong. Set the clock of this server."
        )
        return Finding(title, text % {"time": shown}, is_fine=False)
    text = _("%(time)s in %(zone)s. If your watch disagrees, set the clock of this server.")
    return Finding(title, text % {"time": shown, "zone": workshop.time_zone}, is_fine=True)


def _disk() -> Finding:
    title = _("Disk")
    full = [disk for disk in usage.read().disks if disk.is_nearly_full]
    if full:
        text = _(
            "%(path)s has %(free).1f GB left. When it is full, labs fail and work is not saved. "
            "“manage.py clean --dry-run” lists what can be deleted."
        )
        return Finding(title, text % {"path": full[0].path, "free": full[0].gigabytes_free}, is_fine=False)
    return Finding(title, _("There is enough free space."), is_fine=True)


def _names(workshop: Workshop) -> Finding:
    title = _("Names on certificates")
    odd = [str(seat.number) for seat in workshop.seats.all() if _is_odd(seat)]
    if odd:
        text = _(
            "The names of seats %(seats)s look mistyped or have letters that no font here can print. Correct them on "
            "the page Seats."
        )
        return Finding(title, text % {"seats": ", ".join(odd[:NAMED])}, is_fine=False)
    return Finding(title, _("All names can be printed."), is_fine=True)


def _is_odd(seat: Seat) -> bool:
    return any(
        "@" in name or not any(letter.isalpha() for letter in name) or bool(fonts.cannot_show(name))
        for name in filter(None, (seat.name, seat.partner))
    )


def _mail() -> Finding:
    title = _("Mail")
    if settings.MAIL:
        return Finding(title, _("The site sends mail."), is_fine=True)
    text = _(
        "The site sends no mail. A trainee who forgot a password needs a link from you: create one on the page People."
    )
    return Finding(title, text, is_fine=True)


def _certificates(workshop: Workshop) -> Iterator[Finding]:
    """Yield what the agenda means for certificates. An exam is named on a certificate, and gives none by itself."""
    title, items = _("Certificates"), list(workshop.agenda.all())
    counting = [item for item in items if item.labs and not item.is_exam]
    if not counting and any(item.is_exam for item in items):
        text = _(
            "The only lab on the agenda is that of an exam, so nobody gets a certificate: its points come from the labs of other "
            "agenda items, and the exam is named on it. Add an agenda item of the kind Practice with a lab, and open it."
        )
        yield Finding(title, text, is_fine=False)
    elif not counting and items:
        text = _("No lab is on the agenda, so there are certificates of attendance only.")
        yield Finding(title, text, is_fine=True)
    elif counting and workshop.today >= workshop.last_day and all(item.opened_at is None for item in counting):
        text = _(
            "No agenda item with a lab was opened, so nobody gets a certificate: only labs of opened items count. Open the items "
            "in whose labs people have worked."
        )
        yield Finding(title, text, is_fine=False)


def _exams(workshop: Workshop) -> Iterator[Finding]:
    if exams := list(workshop.agenda.filter(kind=AgendaItem.Kind.EXAM)):
        yield from _open_exams(exams)
        yield from _sealed_exams(workshop)


def _open_exams(exams: Iterable[AgendaItem]) -> Iterator[Finding]:
    for item in (one for one in exams if one.opened_at and not one.ended_at):
        if item.sittings.begun().exists():
            text = _(
                "“%(title)s” is open. The close ends it for everybody, also for those who still work on it, and you cannot undo "
                "that. Wait until all have handed in."
            )
        else:
            text = _(
                "“%(title)s” is open, and nobody has begun it. The close closes it again, and then nobody can begin it. Close it "
                "again yourself, or wait until your trainees have sat it."
            )
        yield Finding(_("Open exam"), text % {"title": item.title}, is_fine=False)


def _sealed_exams(workshop: Workshop) -> Iterator[Finding]:
    for item in exam_results.sealed(workshop):
        text = _("“%(title)s” is sealed, so no certificate is awarded. End the exam, and open its results.")
        yield Finding(_("Results of the exam"), text % {"title": item.title}, is_fine=False)


def problems(workshop: Workshop, join_url: str) -> Iterator[Finding]:
    return (one for one in findings(workshop, join_url) if not one.is_fine)
