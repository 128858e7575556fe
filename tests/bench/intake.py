"""How many records a second go through intake, up to the alert, beside a plain COPY of the same rows.

The rows go the whole way: read from CSV, judged, stored, one ledger line each, detectors asked, an alert
raised and graded for each subject. COPY only stores text: the ratio says what that care costs. It takes
milliseconds, so it is run several times, each into a new table, and the median counts.
"""

from __future__ import annotations

import csv
import io
import json
import time
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection
from tests.bench.figures import Figure, median, times_ms

from hezhi.edge.stories.town import town_make
from hezhi.flow.intake import api as intake
from hezhi.packkit import api as packkit
from hezhi.spine.permissions.contracts import Actor

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUSE = Actor.system("bench")
PACK, KIND, ROWS = "public_message", "message", 1_000
COPIES = 9


def measure() -> list[Figure]:
    pack = packkit.shelf().get(PACK)
    town = town_make(pack, AT)
    intake.source_create(code="bench", name="bench", pack_id=PACK, kind=KIND, by=HOUSE, at=AT)
    content = _csv(town.region, _samples(pack.folder))
    start = time.perf_counter()
    report = intake.batch_take(source="bench", content=content, name="bench.csv", format="csv", by=HOUSE, at=AT)
    took = time.perf_counter() - start
    if report.counts.accepted != ROWS:
        raise RuntimeError(f"not all of {ROWS} rows were accepted: {report}")
    again = time.perf_counter()
    intake.batch_take(source="bench", content=content + b"\n", name="again.csv", format="csv", by=HOUSE, at=AT)
    unchanged = ROWS / (time.perf_counter() - again)
    rate, copied = ROWS / took, ROWS / _copy(content)
    note = f"{ROWS} rows of CSV to alerts, one transaction; baseline: COPY of the same rows"
    return [
        Figure("intake.records_per_s", rate, "1/s", copied, note),
        Figure("intake.ratio_to_copy", copied / rate, "ratio", 1.0, "how many times COPY is faster"),
        Figure("intake.unchanged_per_s", unchanged, "1/s", copied, "the same rows sent again"),
    ]


def _csv(region: str, samples: list[str]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["message_no", "region", "received_at", "channel", "topic", "body"])
    for number in range(ROWS):
        text = samples[number % len(samples)]
        writer.writerow(
            [f"B{number}", region, "2026-03-02 09:00", "hotline", f"第{number}件", f"{text}（第{number}件）"]
        )
    return out.getvalue().encode()


def _samples(folder: Path) -> list[str]:
    lines = (folder / "samples" / "training.jsonl").read_text().splitlines()
    return [json.loads(line)["text"] for line in lines if line.strip()]


def _copy(content: bytes) -> float:
    """Return the seconds that a COPY of the same text into an empty table takes, committed."""

    def copied(number: int) -> None:
        copy = f"COPY bench_copy_{number} FROM STDIN WITH (FORMAT csv, HEADER)"
        with connection.cursor() as cursor, cursor.copy(copy) as to:
            to.write(content)

    with connection.cursor() as cursor:
        for number in range(COPIES):
            columns = "no text, region text, at text, channel text, topic text, body text"
            cursor.execute(f"CREATE TABLE bench_copy_{number} ({columns})")
    return median(times_ms(copied, COPIES)) / 1000
