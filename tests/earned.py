"""Makes what earns a certificate: attempts as the grader keeps them, a lesson read, a question answered."""

from django.utils import timezone

from courses.models import LessonDone, QuizAnswer
from labs.models import Attempt, Job, LabSession, State, VerdictRecord
from labs.registry.versions import newest

FIRST_LIGHT = {"forwarding": {"on": 4, "still": 2}, "file": {"file": 4}}  # points of each check of each stage


def attempt(
    learner, *, lab="first-light", stages=FIRST_LIGHT, failed=(), assisted=(), unknown=0, version="0123456789ab", **more
):
    """An attempt as the grader keeps one: of a lab's checks all have passed but those named."""
    copy = {"lab": lab, "lab_version": version, "seed": 7}
    session = LabSession.objects.create(learner=learner, state=State.STOPPED, **copy)
    kind = more.pop("kind", Attempt.Kind.ATTEMPT)
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
        for stage, checks in stages.items()
        for check, points in checks.items()
    ]
    now = timezone.now()
    made = Attempt.objects.create(
        session=session,
        job=Job.objects.create(session=session, kind=kind, ended_at=now),
        learner=learner,
        kind=kind,
        score=sum(verdict.points for verdict in verdicts),
        out_of=sum(verdict.out_of for verdict in verdicts),
        unknown=unknown,
        assisted=list(assisted),
        asked_at=now,
        started_at=now,
        finished_at=now,
        **copy,
        **more,
    )
    for verdict in verdicts:
        verdict.attempt = made
    VerdictRecord.objects.bulk_create(verdicts)
    return made


def all_of(learner, course, **of_last_lab):
    """Everything that a course of this site asks for; what is said of its last lab is so."""
    labs = list(dict.fromkeys(lesson.lab for lesson in course.lessons() if lesson.lab))
    for lesson in course.lessons():
        LessonDone.objects.create(learner=learner, course=course.id, lesson=lesson.id)
        for question in lesson.quiz.questions if lesson.quiz else ():
            QuizAnswer.objects.create(
                learner=learner, quiz=lesson.quiz.id, question=question.id, given=["x"], right=True
            )
    for name in labs:
        lab = newest(name)
        stages = {stage.id: {check.id: check.points for check in stage.checks} for stage in lab.stages}
        more = of_last_lab if name == labs[-1] else {}
        attempt(learner, lab=name, stages=stages, version=lab.version, **more)


def read_and_answer(learner):
    LessonDone.objects.create(learner=learner, course="waves", lesson="swell")
    QuizAnswer.objects.create(learner=learner, quiz="swell", question="bits", given=["64"], right=True)
