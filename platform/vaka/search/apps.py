from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "vaka.search"
    label = "search"
