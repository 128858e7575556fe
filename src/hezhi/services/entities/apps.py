from django.apps import AppConfig


class EntitiesConfig(AppConfig):
    name = "hezhi.services.entities"
    label = "entities"
