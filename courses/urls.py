from django.urls import path

from courses.views import (
    catalogue,
    course_tests,
    glossary,
    kept_pages,
    lesson,
    my_progress,
    placement,
    recall,
    slides,
    survey,
    trainer,
)

app_name = "courses"
urlpatterns = [
    path("courses/", catalogue.catalogue, name="catalogue"),
    path("courses/<slug:course>/", catalogue.course, name="course"),
    path("courses/<slug:course>/enrol", catalogue.enrol, name="enrol"),
    path("courses/<slug:course>/trainer/", trainer.trainer_page, name="trainer"),
    path("courses/<slug:course>/<slug:lesson>/", lesson.lesson, name="lesson"),
    path("courses/<slug:course>/<slug:lesson>/slides/", slides.slides, name="slides"),
    path("courses/<slug:course>/<slug:lesson>/slides/presenter", slides.presenter, name="presenter"),
    path("courses/<slug:course>/<slug:lesson>/done", lesson.mark_done, name="mark_done"),
    path("courses/<slug:course>/<slug:lesson>/quiz/<slug:question>", lesson.answer, name="answer"),
    path("courses/<slug:course>/tests/<slug:part>/", course_tests.course_test, name="test"),
    path("courses-survey/<slug:course>/", survey.survey, name="survey"),
    path("courses-project/<slug:course>/", catalogue.project, name="project"),
    path("courses-after/<slug:lab>/", lesson.after_lab, name="after_lab"),
    path("courses-placement/", placement.placement, name="placement"),
    path("courses-of/<slug:lab>/", lesson.lab_lesson, name="lab_lesson"),
    path("courses/<slug:course>/<slug:lesson>/quiz/<slug:question>/hand-in", kept_pages.hand_in, name="hand_in"),
    path("kept/", kept_pages.kept, name="kept"),
    path("kept/courses/", kept_pages.kept_courses, name="kept_courses"),
    path("kept/courses/<slug:course>/", kept_pages.kept_course, name="kept_course"),
    path("kept/courses/<slug:course>/<slug:lesson>/", kept_pages.kept_lesson, name="kept_lesson"),
    path("kept/glossary/", kept_pages.kept_glossary, name="kept_glossary"),
    path("progress/", my_progress.my_progress, name="my_progress"),
    path("progress/questions/", recall.recall, name="recall"),
    path("progress/questions/<slug:quiz>/<slug:question>/", recall.recall_question, name="recall_question"),
    path("glossary/", glossary.glossary, name="glossary"),
]
