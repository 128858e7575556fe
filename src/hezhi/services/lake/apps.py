from django.apps import AppConfig


class LakeConfig(AppConfig):
    name = "hezhi.services.lake"
    label = "lake"
