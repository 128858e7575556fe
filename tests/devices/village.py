"""What the tests of the broker run in processes of their own, in the database that ``DATABASE_URL`` names.

python -m tests.devices.village load COUNT | tell
"""

from __future__ import annotations

import json
import shutil
import sys
from datetime import timedelta
from pathlib import Path

import django

VILLAGE = "339901001201"
REGIONS = (
    ("330000", "测试省"),
    ("339900", "测试市"),
    ("339901", "东区"),
    ("339901001000", "东街道"),
    (VILLAGE, "东村"),
)
RECORD = """
- id: signal
  says: {zh: 设备报来一条信号。, en: A device reports a signal.}
  key: signal_no
  subject: spot
  place: region
  happened: happened_at
  matter: matter
  devices: {kinds: [smoke], device: device, number: reading}
  fields:
    signal_no: {type: text, label: {zh: 编号, en: Number}, required: true}
    region: {type: region, label: {zh: 所在村社, en: Village}, required: true}
    spot: {type: text, label: {zh: 位置, en: Spot}, required: true}
    happened_at: {type: moment, label: {zh: 时间, en: Moment}, required: true}
    device: {type: text, label: {zh: 设备, en: Device}, required: true}
    matter: {type: matter, label: {zh: 事项, en: Matter}, required: true}
    reading: {type: number, label: {zh: 读数, en: Reading}, required: true}
"""


def packs_make(folder: Path) -> Path:
    """Write the invented pack, with one kind of record more, into a folder of packs and return that."""
    pack = folder / "packs" / "demo_works"
    shutil.copytree(Path(__file__).parents[2] / "packs" / "_demo_works", pack)
    with (pack / "records.yml").open("a") as records:
        records.write(RECORD.lstrip("\n"))
    playbook = pack / "playbook.yml"
    entrance = "  - {record: report, to: alert}\n"
    text = playbook.read_text()
    assert entrance in text
    playbook.write_text(text.replace(entrance, f"{entrance}  - {{record: signal, to: alert}}\n"))
    return pack.parent


def load(count: int) -> None:
    """Make the village with ``count`` devices, and print the key of each."""
    from django.core.management import call_command

    from hezhi.edge.now import now
    from hezhi.packkit import api as packkit
    from hezhi.services.devices import api as devices
    from hezhi.services.devices.contracts import DeviceDraft
    from hezhi.spine.people import api as people
    from hezhi.spine.people.contracts import AgencySeed, OfficerSeed, Role
    from hezhi.spine.permissions.contracts import Actor
    from hezhi.spine.regions import api as regions
    from hezhi.spine.regions.contracts import RegionSeed

    call_command("migrate", verbosity=0)
    house, at = Actor.system("test"), now() - timedelta(days=1)
    regions.regions_load(rows=[RegionSeed(code, name) for code, name in REGIONS], by=house, at=at)
    people.people_load(
        agencies=[AgencySeed("rangers", "林场", "forestry", "339901")],
        officers=[OfficerSeed("ranger", "林", "rangers", Role.HANDLER)],
        from_on=at.date(), by=house, at=at,
    )  # fmt: skip
    owner = people.agency_by_code("rangers").id
    keys, matter = {}, packkit.shelf().get("demo_works").matters[0].id
    for number in range(count):
        draft = DeviceDraft(
            f"smoke-{number}", f"{number}号烟感", "smoke", "ppm", "demo_works", "signal", VILLAGE, f"东坡{number}号",
            owner, every_seconds=60, most_per_minute=6_000, also={"matter": matter},
        )  # fmt: skip
        _, keys[draft.code] = devices.device_register(draft=draft, by=house, at=at)
    print(json.dumps(keys))


def tell() -> None:
    """Print what is there of records, messages and what was set aside, and whether the ledger holds."""
    from hezhi.flow.alerts.models import Alert, AlertItem
    from hezhi.flow.intake.models import Record
    from hezhi.services.devices.models import Message, Quarantine
    from hezhi.spine.ledger import api as ledger

    keys = sorted(Record.objects.filter(state="accepted").values_list("source_key", flat=True))
    told = {
        "records": keys,
        "messages": sorted(
            f"{code}:{name}" for code, name in Message.objects.values_list("device__code", "message_id")
        ),
        "unlinked": Message.objects.filter(record_id__isnull=True).count(),
        "quarantined": sorted(Quarantine.objects.values_list("rule", flat=True)),
        "alerts": Alert.objects.count(),
        "alert_items": AlertItem.objects.count(),
        "ledger_breaks": len(ledger.ledger_breaks()),
    }
    print(json.dumps(told))


if __name__ == "__main__":
    django.setup()
    {"load": lambda: load(int(sys.argv[2])), "tell": tell}[sys.argv[1]]()
