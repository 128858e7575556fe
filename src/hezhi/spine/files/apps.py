from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "hezhi.spine.files"
    label = "files"
