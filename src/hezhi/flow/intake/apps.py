from django.apps import AppConfig


class IntakeConfig(AppConfig):
    name = "hezhi.flow.intake"
    label = "intake"
