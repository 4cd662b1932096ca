from django.apps import AppConfig


class WorkshopsConfig(AppConfig):
    name = "vaka.workshops"
    label = "workshops"
