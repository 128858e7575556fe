"""Background work of the house itself, as a Django app."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "hezhi.edge.jobs"
    label = "house_jobs"
