from django.urls import path

from courses import views

app_name = "courses"
urlpatterns = [
    path("", views.catalogue, name="catalogue"),
    path("<slug:course>/", views.course, name="course"),
    path("<slug:course>/enrol", views.enrol, name="enrol"),
    path("<slug:course>/<slug:lesson>/", views.lesson, name="lesson"),
    path("<slug:course>/<slug:lesson>/done", views.finish, name="finish"),
]
