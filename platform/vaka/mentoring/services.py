"""What mentors, trainees and coordinators do. Each move of a mentorship is one conditional UPDATE, so of two presses one counts."""

import secrets
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from labs.models import Attempt
from vaka.accounts import signup
from vaka.accounts.models import User
from vaka.mentoring.models import Assignment, Membership, Mentorship, Note, Programme, Question


class NotSo(Exception):
    """It cannot be done; the text is a sentence for who asked."""


# Mentors


def add_mentor(programme: Programme, mentor: User, by: User) -> Membership:
    if not mentor.is_mentor:
        raise NotSo(_("%(name)s is no mentor on this site. The administration gives that role.") % _name(mentor))
    found, _made = Membership.objects.get_or_create(
        programme=programme, mentor=mentor, ended_at=None, defaults={"added_by": by}
    )
    return found


@transaction.atomic
def remove_mentor(membership: Membership, by: User) -> None:
    """End somebody's place in the programme, and with it his mentorships there."""
    mine = Membership.objects.filter(pk=membership.pk, ended_at=None)
    if mine.update(ended_at=timezone.now(), ended_by=by):
        held = Mentorship.objects.filter(programme=membership.programme, mentor=membership.mentor, ended_at=None)
        for mentorship in held:
            end(mentorship, by)


def away(mentor: User, until: date | None) -> None:
    Membership.objects.filter(mentor=mentor, ended_at=None).update(away_until=until)


# Consent


def invite(programme: Programme, mentor: User, by: User, trainee: User | None = None) -> Mentorship:
    """Invite somebody by name; without a name, by a link that whoever has it may answer once."""
    if programme.is_over or not Membership.objects.filter(programme=programme, mentor=mentor, ended_at=None).exists():
        raise NotSo(_("%(name)s does not mentor in this programme.") % _name(mentor))
    if trainee == mentor:
        raise NotSo(_("Nobody is his own mentor."))
    key = "" if trainee else secrets.token_urlsafe(24)
    try:
        with transaction.atomic():
            return Mentorship.objects.create(
                programme=programme, mentor=mentor, trainee=trainee, invited_by=by, key=key
            )
    except IntegrityError:
        raise NotSo(_("There is an invitation or a mentorship of these two already.")) from None


def hand_over(mentorship: Mentorship, to: User, by: User) -> Mentorship:
    """Propose another mentor. Nothing changes until the trainee has consented."""
    if to == mentorship.mentor:
        raise NotSo(_("%(name)s is the mentor already.") % _name(to))
    if mentorship.trainee is None:
        raise NotSo(_("Nobody has answered this invitation yet."))
    proposed = invite(mentorship.programme, to, by, mentorship.trainee)
    Mentorship.objects.filter(pk=proposed.pk).update(follows=mentorship)
    proposed.refresh_from_db()
    return proposed


def consent(invitation: Mentorship, trainee: User) -> None:
    """The trainee lets the mentor see his work. A hand-over ends the mentorship before it in the same moment."""
    if invitation.mentor_id == trainee.pk:
        raise NotSo(_("Nobody is his own mentor."))
    his = Q(trainee=trainee) | Q(trainee=None)
    waiting = Mentorship.objects.waiting().filter(his, pk=invitation.pk).values("pk")
    facts: dict[str, Any] = {"trainee": trainee, "consented_at": timezone.now(), "key": ""}
    try:
        with transaction.atomic():
            if not Mentorship.objects.filter(pk__in=waiting, consented_at=None, ended_at=None).update(**facts):
                raise NotSo(_("This invitation is over: it was answered, taken back, or is too old."))
            if invitation.follows:
                end(invitation.follows, trainee)
            signup.vouch(trainee)
    except IntegrityError:
        raise NotSo(_("You have this mentor already.")) from None


def end(mentorship: Mentorship, by: User) -> bool:
    """End a mentorship, or decline or take back an invitation. What nobody may read any more is deleted."""
    with transaction.atomic():
        mine = Mentorship.objects.filter(pk=mentorship.pk, ended_at=None)
        ended = mine.update(ended_at=timezone.now(), ended_by=by, key="")
        if ended and mentorship.trainee:
            notes = Note.objects.filter(programme=mentorship.programme, author=mentorship.mentor)
            notes.filter(trainee=mentorship.trainee, reach=Note.Reach.PRIVATE).delete()
    return bool(ended)


# Words


def ask(mentorship: Mentorship, text: str, about: dict[str, Any], attempt: Attempt | None = None) -> Question:
    now = timezone.now()
    facts = {"programme": mentorship.programme, "trainee": mentorship.trainee, "attempt": attempt}
    return Question.objects.create(**facts, text=text, about=about, asked_at=now, waits_since=now)


@transaction.atomic
def say(question: Question, author: User, text: str) -> Note:
    """Write to a question: a mentor's word answers it, the trainee's own opens it again."""
    is_trainee = author.pk == question.trainee_id
    now = timezone.now()
    note = Note.objects.create(
        programme=question.programme,
        trainee=question.trainee,
        author=author,
        reach=Note.Reach.SHARED,
        text=text,
        question=question,
        written_at=now,
        seen_at=now if is_trainee else None,
    )
    open_again = Q(pk=question.pk, waits_since=None) if is_trainee else Q(pk=question.pk)
    Question.objects.filter(open_again).update(waits_since=now if is_trainee else None)
    return note


def settle(question: Question) -> None:
    """The trainee needs no answer any more."""
    Question.objects.filter(pk=question.pk).update(waits_since=None)


def write(mentorship: Mentorship, author: User, text: str, reach: Note.Reach, attempt: Attempt | None = None) -> Note:
    facts = {"programme": mentorship.programme, "trainee": mentorship.trainee, "attempt": attempt}
    return Note.objects.create(**facts, author=author, text=text, reach=reach)


def mark_seen(trainee: User, **which: Any) -> None:
    """The trainee has what was written to him before him."""
    Note.objects.for_trainee(trainee).filter(seen_at=None, **which).update(seen_at=timezone.now())


# What is due


def assign(mentorship: Mentorship, by: User, due_on: date, **what: str) -> Assignment:
    """Set a lesson (``course``, ``lesson``) or a ``lab``; set again, it has another day."""
    same: dict[str, Any] = {"course": "", "lesson": "", "lab": "", **what}
    same |= {"programme": mentorship.programme, "trainee": mentorship.trainee}
    found, _made = Assignment.objects.update_or_create(**same, defaults={"due_on": due_on, "set_by": by})
    return found


def _name(person: User) -> dict[str, str]:
    return {"name": person.shown_name}
