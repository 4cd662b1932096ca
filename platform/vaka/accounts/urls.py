from django.urls import path

from vaka.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.people, name="people"),
    path("told/", views.link_notice_read, name="link_notice_read"),
    path("<int:person>/link/", views.reset_link, name="reset_link"),
    path("<int:person>/approve", views.approve, name="approve"),
    path("<int:person>/decline", views.decline, name="decline"),
    path("code/new", views.renew_code, name="renew_code"),
    path("code/revoke", views.revoke_code, name="revoke_code"),
]
