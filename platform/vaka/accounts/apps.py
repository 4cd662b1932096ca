from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "vaka.accounts"
    label = "accounts"
