from django.urls import path

from vaka.home import views

app_name = "home"
urlpatterns = [path("", views.home, name="home"), path("join/", views.join, name="join")]
