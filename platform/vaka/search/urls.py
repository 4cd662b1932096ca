from django.urls import path

from vaka.search import views

app_name = "search"
urlpatterns = [path("search/", views.search, name="search")]
