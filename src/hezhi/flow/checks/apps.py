from django.apps import AppConfig


class ChecksConfig(AppConfig):
    name = "hezhi.flow.checks"
    label = "checks"
