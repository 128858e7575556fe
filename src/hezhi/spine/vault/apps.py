from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "hezhi.spine.vault"
    label = "vault"
