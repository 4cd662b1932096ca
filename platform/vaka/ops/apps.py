from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "vaka.ops"
    label = "ops"
