from django.apps import AppConfig


class MentoringConfig(AppConfig):
    name = "vaka.mentoring"
    label = "mentoring"
