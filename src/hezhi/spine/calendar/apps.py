from django.apps import AppConfig


class CalendarConfig(AppConfig):
    name = "hezhi.spine.calendar"
    label = "calendar"
