from django.apps import AppConfig


class WiringConfig(AppConfig):
    name = "hezhi.wiring"
    label = "wiring"

    def ready(self) -> None:
        from django.conf import settings

        from hezhi.flow.cases import api as cases
        from hezhi.flow.intake import api as intake
        from hezhi.kit import bus
        from hezhi.packkit import api as packkit
        from hezhi.wiring.table import TABLE

        bus.connect(TABLE)
        intake.case_place_use(cases.case_place)
        packkit.shelf_use(packkit.Shelf([settings.HEZHI.packs_dir], older=cases.pack_kept))
