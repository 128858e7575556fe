from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "hezhi.spine.ledger"
    label = "ledger"
