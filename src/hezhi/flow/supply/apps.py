from django.apps import AppConfig


class SupplyConfig(AppConfig):
    name = "hezhi.flow.supply"
    label = "supply"
    default_auto_field = "django.db.models.BigAutoField"
