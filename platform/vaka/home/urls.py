from django.urls import path

from vaka.home.views import account, start_page, theme

app_name = "home"
urlpatterns = [
    path("", start_page.home, name="home"),
    path("me/", account.account, name="account"),
    path("me/time-zone", account.take_time_zone, name="take_time_zone"),
    path("theme", theme.take_theme, name="take_theme"),
    path("me/sessions/end", account.sign_out_elsewhere, name="sign_out_elsewhere"),
    path("me/export", account.export, name="export"),
    path("me/delete", account.delete, name="delete"),
    path("me/deleted/<str:key>/", account.deleted, name="deleted"),
]
