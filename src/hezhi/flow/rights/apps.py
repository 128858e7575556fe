from django.apps import AppConfig


class RightsConfig(AppConfig):
    name = "hezhi.flow.rights"
    label = "rights"
    default_auto_field = "django.db.models.BigAutoField"
