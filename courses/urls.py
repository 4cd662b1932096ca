from django.urls import path

from courses.views import kept_pages as kept_views
from courses.views import lesson as views

app_name = "courses"
urlpatterns = [
    path("courses/", views.catalogue, name="catalogue"),
    path("courses/<slug:course>/", views.course, name="course"),
    path("courses/<slug:course>/enrol", views.enrol, name="enrol"),
    path("courses/<slug:course>/<slug:lesson>/", views.lesson, name="lesson"),
    path("courses/<slug:course>/<slug:lesson>/slides/", views.slides, name="slides"),
    path("courses/<slug:course>/<slug:lesson>/slides/presenter", views.presenter, name="presenter"),
    path("courses/<slug:course>/<slug:lesson>/done", views.mark_done, name="mark_done"),
    path("courses/<slug:course>/<slug:lesson>/quiz/<slug:question>", views.answer, name="answer"),
    path("courses/<slug:course>/tests/<slug:part>/", views.course_test, name="test"),
    path("courses-survey/<slug:course>/", views.survey, name="survey"),
    path("courses-project/<slug:course>/", views.project, name="project"),
    path("courses-after/<slug:lab>/", views.after_lab, name="after_lab"),
    path("courses-of/<slug:lab>/", views.lab_lesson, name="lab_lesson"),
    path("courses/<slug:course>/<slug:lesson>/quiz/<slug:question>/hand-in", kept_views.hand_in, name="hand_in"),
    path("kept/", kept_views.kept, name="kept"),
    path("kept/courses/", kept_views.kept_courses, name="kept_courses"),
    path("kept/courses/<slug:course>/", kept_views.kept_course, name="kept_course"),
    path("kept/courses/<slug:course>/<slug:lesson>/", kept_views.kept_lesson, name="kept_lesson"),
    path("kept/glossary/", kept_views.kept_glossary, name="kept_glossary"),
    path("progress/", views.my_progress, name="my_progress"),
    path("progress/questions/", views.recall, name="recall"),
    path("progress/questions/<slug:quiz>/<slug:question>/", views.recall_question, name="recall_question"),
    path("search/", views.search, name="search"),
    path("glossary/", views.glossary, name="glossary"),
]
