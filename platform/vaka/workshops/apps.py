from django.apps import AppConfig


class WorkshopsConfig(AppConfig):
    name = "vaka.workshops"
    label = "workshops"

    def ready(self) -> None:
        # It connects a signal handler, and imports models, which exist only now
        from vaka.workshops.views import join  # noqa: F401
