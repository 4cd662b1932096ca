from django.contrib import admin

from courses.models import Enrolment, LessonDone


@admin.register(Enrolment)
class EnrolmentAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ["learner", "course", "created_at"]
    list_filter = ["course"]


@admin.register(LessonDone)
class LessonDoneAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    list_display = ["learner", "course", "lesson", "done_at"]
    list_filter = ["course"]
