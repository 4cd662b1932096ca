from django.urls import path

from vaka.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.people, name="people"),
    path("told/", views.told, name="told"),
    path("<int:person>/link/", views.reset_link, name="reset_link"),
]
