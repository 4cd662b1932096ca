from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "vaka.home"
    label = "home"
