"""The schedule of recall: the questions that a learner has finished return after days, scheduled by FSRS.

Nothing here changes what counts in a course: tries in lessons are ``QuizAnswer`` rows, and answers here are not.
"""

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from fsrs import Card, Rating, Scheduler, State

from courses.models import RecallAnswer, RecallCard
from courses.quiz import Given, Question
from vaka.accounts.models import User
from vaka.web.time_zones import zone_of

# Without learning steps, which last minutes, the shortest interval is a day. Without a random part, the same answers always give
# the same day.
SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False, maximum_interval=365)

KEPT = 100  # the newest answers of a learner to one question that came back


def remember(learner: User, quiz: str, question: str, *, right: bool, at: datetime | None = None) -> None:
    """Schedule a question that the learner has just finished in a lesson. ``right``: they knew it at the first try."""
    made = {"right": right, **_scheduled(Card(card_id=0), right, at or timezone.now())}
    RecallCard.objects.get_or_create(learner=learner, quiz=quiz, question=question, defaults=made)


def end_of_day(now: datetime, learner: User) -> datetime:
    """Return the next midnight where the learner lives. Cards that are due before it are for today."""
    zone = zone_of(learner.time_zone)
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=1), datetime.min.time(), zone)


@transaction.atomic
def answer(card: RecallCard, question: Question, given: Given | None, *, version: str = "") -> RecallAnswer:
    """Store an answer and schedule the question again. GIVEN is None if the learner did not know. Raises Unreadable.

    ``version`` is that of the card when the form was made. If it was answered since, by a double click or in another window, the
    first answer counts and is returned.
    """
    locked = RecallCard.objects.select_for_update(no_key=True).get(pk=card.pk)
    if version and version != version_of(locked):
        given_before = RecallAnswer.objects.filter(learner=card.learner, quiz=card.quiz, question=card.question).last()
        if given_before:
            return given_before
    read = [] if given is None else question.read(given)
    right = given is not None and question.is_right(read)
    before = Card(
        card_id=0,
        state=State.Review,
        stability=locked.stability,
        difficulty=locked.difficulty,
        due=locked.due.astimezone(UTC),
        last_review=locked.answered_at.astimezone(UTC),
    )
    RecallCard.objects.filter(pk=card.pk).update(right=right, **_scheduled(before, right, timezone.now()))
    of_question = {"learner": card.learner, "quiz": card.quiz, "question": card.question}
    made = RecallAnswer.objects.create(**of_question, given=read, right=right)
    newest = RecallAnswer.objects.filter(**of_question).order_by("-at", "-pk").values_list("pk", flat=True)
    RecallAnswer.objects.filter(pk__in=list(newest[KEPT:])).delete()
    return made


def version_of(card: RecallCard) -> str:
    """Return a string that changes with each answer."""
    return card.answered_at.isoformat()


def _scheduled(card: Card, right: bool, at: datetime) -> dict[str, float | datetime | None]:
    after, _log = SCHEDULER.review_card(card, Rating.Good if right else Rating.Again, at.astimezone(UTC))
    return {
        "stability": after.stability,
        "difficulty": after.difficulty,
        "answered_at": after.last_review,
        "due": after.due,
    }
