from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "hezhi.services.documents"
    label = "documents"
