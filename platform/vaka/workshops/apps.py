from django.apps import AppConfig


class WorkshopsConfig(AppConfig):
    name = "vaka.workshops"
    label = "workshops"

    def ready(self) -> None:
        from vaka.workshops.views import join  # noqa: F401 — hears who signs in; its models are not there before
