"""What it takes to earn a certificate: attempts as the grader keeps them, a lesson read, a question answered."""

from django.utils import timezone

from courses.models import LessonDone, QuizAnswer
from labs.attempts import VerdictRecord
from labs.models import Attempt, Errand, LabSession, State

STAGES = {"forwarding": (("on", 4), ("still", 2)), "file": (("file", 4),)}


def attempt(learner, *, failed=(), assisted=(), supervised_by="", kind=Attempt.Kind.ATTEMPT, unknown=0):
    """An attempt at the little lab, as the grader keeps one."""
    lab = {"lab": "first-light", "lab_version": "0123456789ab", "seed": 7}
    session = LabSession.objects.create(learner=learner, state=State.STOPPED, **lab)
    errand = Errand.objects.create(session=session, kind=kind, ended_at=timezone.now())
    verdicts = [
        VerdictRecord(
            check_id=check,
            stage=stage,
            outcome="failed" if check in failed else "passed",
            points=0 if check in failed or stage in assisted else points,
            out_of=points,
            expected={},
            seen={},
            seconds=0.1,
        )
        for stage, checks in STAGES.items()
        for check, points in checks
    ]
    now = timezone.now()
    made = Attempt.objects.create(
        session=session,
        errand=errand,
        learner=learner,
        kind=kind,
        score=sum(verdict.points for verdict in verdicts),
        out_of=10,
        unknown=unknown,
        assisted=list(assisted),
        supervised_by=supervised_by,
        asked_at=now,
        started_at=now,
        finished_at=now,
        **lab,
    )
    for verdict in verdicts:
        verdict.attempt = made
    VerdictRecord.objects.bulk_create(verdicts)
    return made


def read_and_answer(learner):
    LessonDone.objects.create(learner=learner, course="waves", lesson="swell")
    QuizAnswer.objects.create(learner=learner, quiz="swell", question="bits", given=["64"], right=True)
