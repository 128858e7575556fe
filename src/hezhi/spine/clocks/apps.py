from django.apps import AppConfig


class ClocksConfig(AppConfig):
    name = "hezhi.spine.clocks"
    label = "clocks"
