from django.urls import path

from vaka.web import views

app_name = "web"
urlpatterns = [path("worker.js", views.worker, name="worker"), path("offline/", views.offline, name="offline")]
