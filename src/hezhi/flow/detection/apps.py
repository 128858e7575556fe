from django.apps import AppConfig


class DetectionConfig(AppConfig):
    name = "hezhi.flow.detection"
    label = "detection"
