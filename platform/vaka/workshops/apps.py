from django.apps import AppConfig


class WorkshopsConfig(AppConfig):
    name = "vaka.workshops"
    label = "workshops"

    def ready(self) -> None:
        from vaka.workshops import door  # noqa: F401 — hears who signs in; its models are not there before
