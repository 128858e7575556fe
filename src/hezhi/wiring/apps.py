from django.apps import AppConfig


def _guard(**_: object) -> None:
    from hezhi.spine.guard import api as guard
    from hezhi.wiring.policies import POLICIES

    guard.guard_install(POLICIES)


class WiringConfig(AppConfig):
    name = "hezhi.wiring"
    label = "wiring"

    def ready(self) -> None:
        from django.apps import apps
        from django.conf import settings
        from django.db.models.signals import post_migrate

        from hezhi.flow.cases import api as cases
        from hezhi.flow.intake import api as intake
        from hezhi.flow.tasks import api as tasks
        from hezhi.kit import bus
        from hezhi.packkit import api as packkit
        from hezhi.wiring import erasing
        from hezhi.wiring.table import TABLE

        bus.connect(TABLE)
        post_migrate.connect(_guard, sender=apps.get_app_config("cases"))  # any room with tables: it comes once
        intake.later_rooms_use(intake.Asks(cases.case_place, tasks.task_lives))
        intake.record_uses_ask(erasing.record_uses)
        packkit.shelf_use(packkit.Shelf([settings.HEZHI.packs_dir], older=cases.pack_kept))
