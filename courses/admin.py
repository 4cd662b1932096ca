from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from courses.models import Enrolment, LessonDone, QuizAnswer, RecallAnswer, SurveyReply, TestPaper


@admin.register(Enrolment)
class EnrolmentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ["learner", "course", "created_at"]
    list_filter = ["course"]


@admin.register(LessonDone)
class LessonDoneAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ["learner", "course", "lesson", "done_at"]
    list_filter = ["course"]


@admin.register(QuizAnswer)
class QuizAnswerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ["learner", "quiz", "question", "right", "shown", "at"]
    list_filter = ["quiz", "right"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # an answer is never changed


@admin.register(TestPaper)
class TestPaperAdmin(QuizAnswerAdmin):
    list_display = ["learner", "course", "part", "right", "at"]
    list_filter = ["course", "part"]


@admin.register(SurveyReply)
class SurveyReplyAdmin(QuizAnswerAdmin):
    list_display = ["learner", "course", "at"]
    list_filter = ["course"]


@admin.register(RecallAnswer)
class RecallAnswerAdmin(QuizAnswerAdmin):
    list_display = ["learner", "quiz", "question", "right", "at"]
    list_filter = ["quiz", "right"]
