from django.apps import AppConfig


class WiringConfig(AppConfig):
    name = "hezhi.wiring"
    label = "wiring"

    def ready(self) -> None:
        from django.conf import settings

        from hezhi.kit import bus
        from hezhi.packkit import api as packkit
        from hezhi.wiring.table import TABLE

        bus.connect(TABLE)
        packkit.shelf_use(packkit.Shelf([settings.HEZHI.packs_dir]))
