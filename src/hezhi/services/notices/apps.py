from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "hezhi.services.notices"
    label = "notices"
