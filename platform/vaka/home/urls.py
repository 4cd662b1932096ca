from django.urls import path

from vaka.home import me, views

app_name = "home"
urlpatterns = [
    path("", views.home, name="home"),
    path("me/", me.account, name="account"),
    path("me/sessions/end", me.sign_out_elsewhere, name="sign_out_elsewhere"),
    path("me/export", me.export, name="export"),
    path("me/delete", me.delete, name="delete"),
    path("me/deleted/<str:key>/", me.deleted, name="deleted"),
]
