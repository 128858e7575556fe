"""The pages of Hezhi, as a Django app."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "hezhi.edge.web"
    label = "web"
