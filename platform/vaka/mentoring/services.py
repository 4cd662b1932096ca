"""The actions of mentors, trainees and coordinators.

Each change of a mentorship's state is one conditional UPDATE. So if somebody submits a form twice, only one submission counts.
"""

import secrets
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from labs.lifecycle import services as lab_services
from labs.models import Attempt
from vaka.accounts import signup
from vaka.accounts.models import User
from vaka.mentoring.models import Assignment, Membership, Mentorship, Note, Programme


class NotPossible(Exception):
    """The action is not possible. The text says why, for the person who asked for it."""


# Mentors


def add_mentor(programme: Programme, mentor: User, by: User) -> Membership:
    if not mentor.is_mentor:
        raise NotPossible(
            _("%(name)s does not have the mentor role on this site. Ask an administrator to give them the role.")
            % _name(mentor)
        )
    found, _made = Membership.objects.get_or_create(
        programme=programme, mentor=mentor, ended_at=None, defaults={"added_by": by}
    )
    return found


@transaction.atomic
def remove_mentor(membership: Membership, by: User) -> None:
    """End a mentor's membership in the programme, and all their mentorships and invitations there."""
    row = Membership.objects.filter(pk=membership.pk, ended_at=None)
    if row.update(ended_at=timezone.now(), ended_by=by):
        mentorships = Mentorship.objects.filter(programme=membership.programme, mentor=membership.mentor, ended_at=None)
        for mentorship in mentorships:
            end_mentorship(mentorship, by)


# Coordinators


def add_coordinator(programme: Programme, person: User, by: User) -> None:
    """Ask a person to coordinate the programme. People who add themselves have accepted."""
    if person == by:
        programme.coordinators.add(person)
    elif not programme.coordinators.filter(pk=person.pk).exists():
        programme.asked_coordinators.add(person)


@transaction.atomic
def answer_as_coordinator(programme: Programme, person: User, *, accepts: bool) -> bool:
    """Accept or decline to coordinate the programme. Return False if the person was not asked, or has answered before."""
    asked = Programme.asked_coordinators.through.objects.filter(programme=programme, user=person)
    answered, _rows = asked.delete()
    if answered and accepts:
        programme.coordinators.add(person)
    return bool(answered)


# Mentors who are away


def set_away(mentor: User, until: date | None) -> None:
    """Store until which day the mentor is away, in all their programmes; None: the mentor is back."""
    Membership.objects.filter(mentor=mentor, ended_at=None).update(away_until=until)


# Consent


def invite(programme: Programme, mentor: User, by: User, trainee: User | None = None) -> Mentorship:
    """Invite a trainee. Without TRAINEE, the invitation is a link that one person can use once. Raises NotPossible."""
    if programme.is_over or not Membership.objects.filter(programme=programme, mentor=mentor, ended_at=None).exists():
        raise NotPossible(_("%(name)s does not mentor in this programme. Choose one of its mentors.") % _name(mentor))
    if trainee == mentor:
        raise NotPossible(_("Mentors cannot be their own trainees. Choose somebody else."))
    key = "" if trainee else secrets.token_urlsafe(24)
    try:
        with transaction.atomic():
            return Mentorship.objects.create(
                programme=programme, mentor=mentor, trainee=trainee, invited_by=by, key=key
            )
    except IntegrityError:
        raise NotPossible(
            _("These two people already have an invitation or a mentorship. End that one first.")
        ) from None


def transfer(mentorship: Mentorship, to: User, by: User) -> Mentorship:
    """Propose to transfer the trainee to another mentor. Nothing changes until the trainee consents. Raises NotPossible."""
    if to == mentorship.mentor:
        raise NotPossible(_("%(name)s is already the mentor. Choose another mentor.") % _name(to))
    if mentorship.trainee is None:
        raise NotPossible(
            _("Nobody has answered this invitation yet. Wait for the answer, or end it and invite again.")
        )
    proposed = invite(mentorship.programme, to, by, mentorship.trainee)
    Mentorship.objects.filter(pk=proposed.pk).update(follows=mentorship)
    proposed.refresh_from_db()
    return proposed


def accept_invitation(invitation: Mentorship, trainee: User) -> None:
    """Let the mentor see the trainee's work. A transfer ends the old mentorship in the same transaction. Raises NotPossible."""
    if invitation.mentor_id == trainee.pk:
        raise NotPossible(_("Mentors cannot be their own trainees. Choose somebody else."))
    for_trainee = Q(trainee=trainee) | Q(trainee=None)
    waiting = Mentorship.objects.waiting().filter(for_trainee, pk=invitation.pk).values("pk")
    changes: dict[str, Any] = {"trainee": trainee, "consented_at": timezone.now(), "may_copy": True, "key": ""}
    try:
        with transaction.atomic():
            if not Mentorship.objects.filter(pk__in=waiting, consented_at=None, ended_at=None).update(**changes):
                raise NotPossible(invitation_over())
            if invitation.follows:
                end_mentorship(invitation.follows, trainee)
            signup.confirm(trainee)
    except IntegrityError:
        raise NotPossible(_("This person is already your mentor. You need no other invitation.")) from None


def invitation_over() -> str:
    return _("This invitation is not valid any more. It was answered or withdrawn, or it is older than 30 days.")


def end_mentorship(mentorship: Mentorship, by: User) -> bool:
    """End a mentorship, or decline or withdraw an invitation.

    The mentor's private notes about the trainee are deleted, and copies of the trainee's labs are stopped.
    """
    with transaction.atomic():
        row = Mentorship.objects.filter(pk=mentorship.pk, ended_at=None)
        ended = row.update(ended_at=timezone.now(), ended_by=by, key="")
        if ended and mentorship.trainee:
            notes = Note.objects.filter(programme=mentorship.programme, author=mentorship.mentor)
            notes.filter(trainee=mentorship.trainee, reach=Note.Reach.PRIVATE).delete()
    if ended:
        lab_services.stop_forbidden_copies([mentorship.mentor_id])
    return bool(ended)


# Notes (questions: vaka.mentoring.questions)


def write_note(
    mentorship: Mentorship, author: User, text: str, reach: Note.Reach, attempt: Attempt | None = None
) -> Note:
    context = {"programme": mentorship.programme, "trainee": mentorship.trainee, "attempt": attempt}
    return Note.objects.create(**context, author=author, text=text, reach=reach)


def mark_seen(trainee: User, **filters: Any) -> None:
    """Mark the notes for the trainee that FILTERS select as seen."""
    Note.objects.for_trainee(trainee).filter(seen_at=None, **filters).update(seen_at=timezone.now())


# Assignments


def assign(mentorship: Mentorship, by: User, due_on: date, **what: str) -> Assignment:
    """Set a lesson (``course``, ``lesson``) or a ``lab`` for a day. If it is set already, change the day."""
    same: dict[str, Any] = {"course": "", "lesson": "", "lab": "", **what}
    same |= {"programme": mentorship.programme, "trainee": mentorship.trainee}
    found, _made = Assignment.objects.update_or_create(**same, defaults={"due_on": due_on, "set_by": by})
    return found


def _name(person: User) -> dict[str, str]:
    return {"name": person.shown_name}
