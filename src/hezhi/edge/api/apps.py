from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "hezhi.edge.api"
    label = "house_api"
