from django.apps import AppConfig


class DevicesConfig(AppConfig):
    name = "hezhi.services.devices"
    label = "devices"
