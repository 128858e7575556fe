from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "hezhi.edge.api"
    label = "house_api"

    def ready(self) -> None:
        from hezhi.edge.api.once import answers_forget
        from hezhi.wiring import erasing

        erasing.numbers_forget_use(answers_forget)
