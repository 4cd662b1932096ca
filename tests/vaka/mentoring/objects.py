"""The objects to which URLs of mentoring refer, for the test of permissions over all URLs."""

from django.utils import timezone

from labs.models import State
from tests import builders
from tests.vaka.mentoring.conftest import attempt_of, session_of
from vaka.accounts.models import MENTORS, User
from vaka.mentoring import questions, services
from vaka.mentoring.models import Note, Programme


def create(whose: str, owner: User) -> dict[str, str]:
    """Create a programme with a mentor, a trainee and what they wrote. WHOSE says which of these roles the owner has."""
    mentor = owner if whose == "mentor" and owner.is_mentor else builders.make_person("a-mentor", group=MENTORS)
    trainee = owner if whose in ("trainee", "invited") else builders.make_person("a-trainee")
    programme = Programme.objects.create(title="Reef mentors")
    programme.coordinators.add(owner if whose in ("coordinator", "inviter") else builders.make_person("a-coordinator"))
    if whose == "asked":
        programme.asked_coordinators.add(owner)
    membership = services.add_mentor(programme, mentor, mentor)
    if whose in ("inviter", "invited", "link"):
        mentorship = services.invite(programme, mentor, mentor, trainee if whose == "invited" else None)
        return {"mentorship": str(mentorship.pk), "key": mentorship.key or "x"}
    mentorship = services.invite(programme, mentor, mentor, trainee)
    made = {"programme": programme, "membership": membership, "mentorship": mentorship}
    services.accept_invitation(mentorship, trainee)
    attempt = attempt_of(trainee)
    made |= {"trainee": trainee, "attempt": attempt, "asked": questions.ask(mentorship, "Why?", {})}
    made |= {"session": session_of(trainee, state=State.READY)}
    made |= {"note": services.write_note(mentorship, mentor, "A note.", Note.Reach.PRIVATE)}
    made |= {"assignment": services.assign(mentorship, mentor, timezone.localdate(), lab=attempt.lab)}
    return {name: str(one.pk) for name, one in made.items()}
