"""How well records are linked, beside Splink by itself, and how soon one record finds its like among a million.

The sets of records lie beside the project; what is not at hand is told and gives no figure. The million people are
invented: names of syllables that no register knows. Nothing here was chosen by looking at the answers.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import splink.comparison_library as cl
from django.db import connection
from splink import DuckDBAPI, Linker
from tests.bench import linkage
from tests.bench.figures import Figure, median, p, times_ms

from hezhi.project.options import ROOT
from hezhi.services.entities import api, store, training
from hezhi.services.entities import features as f
from hezhi.services.entities.models import Model
from hezhi.services.entities.specs import PERSON, Spec
from hezhi.spine.permissions.contracts import Actor
from hezhi.spine.vault import api as vault

DATA = ROOT.parent / "shared/data"
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
HOUSE = Actor.system("bench")
MILLION = 1_000_000
SAMPLE = 20_000  # records that train the weights
ASKED = 1000
ASKED_OF_SPLINK = 5
CHUNK = 20_000
SIGNS = "禾穗苗芽枝叶根茎花果麦稻黍稷粟豆瓜藤萝葵蒜葱韭芹菱藕莲荷蒲苇柳榆槐桑柘楝枫樟桐杉"
COPIED = {
    "entities_entry": "id, spec, ref, region_path, came_at",
    "entities_signs": "entry_id, features, alone",
    "entities_key": "key, entry_id",
    "entities_member": "entry_id, cluster, since_at",
}


def measure() -> list[Figure]:
    return [*_records(), *_pairs(), *_point()]


def _records() -> list[Figure]:
    figures = []
    for name, file, note, subject, without in (
        ("febrl3", "febrl/dataset3.csv", "FEBRL dataset 3, 5,000 records, all ten fields", _febrl, ()),
        ("febrl", "febrl/dataset3.csv", "FEBRL dataset 3, 5,000 records, without soc_sec_id", _febrl, ("soc_sec_id",)),
        ("rldata500", "rldata500/RLdata500.csv", "RLdata500, 500 records, names and day of birth", _rl, ()),
    ):
        if not (DATA / file).is_file():
            print(f"  {file} is not at hand: no figure of {name}")
            continue
        chosen = _rl_set(DATA / file) if subject is _rl else linkage.people_set(DATA / file, subject, without=without)
        (pairs, clusters), alone = linkage.ours(chosen), linkage.splink_alone(chosen)
        print(f"  {name}: pairs {pairs}; clusters {clusters}; Splink alone {alone}", flush=True)
        figures += _told(name, pairs, alone, f"{note}; pairs at even odds; baseline: Splink 5 with plain settings")
        figures.append(
            Figure(f"entities.{name}_cluster_f1", clusters.f1, "F1", alone.f1, f"{note}; pairs inside clusters")
        )
    return figures


def _told(name: str, own: linkage.Quality, other: linkage.Quality, note: str) -> list[Figure]:
    return [
        Figure(f"entities.{name}_f1", own.f1, "F1", other.f1, note),
        Figure(f"entities.{name}_precision", own.precision, "share", other.precision, note),
        Figure(f"entities.{name}_recall", own.recall, "share", other.recall, note),
        Figure(f"entities.{name}_s", own.seconds, "s", other.seconds, f"{note}; training included"),
    ]


def _febrl(row: linkage.Row) -> str:
    return str(row["rec_id"]).split("-")[1]


def _rl(row: linkage.Row) -> str:
    return str(row["ent_id"])


def _rl_set(file: Path) -> linkage.RecordSet:
    """Its columns are called otherwise, and the day lies in three of them."""
    return linkage.people_set(file, _rl, renamed=_rl_row)


def _rl_row(row: linkage.Row) -> dict[str, str | None]:
    year, month, day = (int(str(row[part])) for part in ("by", "bm", "bd"))
    born = f"{year:04d}{month:02d}{day:02d}"
    return {"given_name": row["fname_c1"], "surname": row["lname_c1"], "date_of_birth": born, "ent_id": row["ent_id"]}


def _pairs() -> list[Figure]:
    figures = []
    for name, (spec, plain) in LABELLED.items():
        if not (DATA / f"er_{name}" / "test.csv").is_file():
            print(f"  er_{name} is not at hand: no figure of it")
            continue
        chosen = linkage.pairs_set(DATA / f"er_{name}", spec, plain)
        own, alone = linkage.ours_on_pairs(chosen), linkage.splink_on_pairs(chosen)
        print(f"  {name}: {own}; Splink alone {alone}", flush=True)
        note = (
            f"er_{name}, {len(chosen.parts['test'])} labelled test pairs; weights trained without labels, the bar on"
            " those of train and valid; baseline: Splink 5 with plain settings, the same way"
        )
        figures += _told(name, own, alone, note)
    return figures


def _wordings(*names: str) -> tuple[f.Compared, ...]:
    return tuple(f.wording(name, name, name) for name in names)


def _spec(*compared: f.Compared, by: tuple[str, ...]) -> Spec:
    rules = tuple((name,) for name in by)
    return Spec(id="bench", compared=compared, keys=rules, training=rules, sure=(by,))


def _plain(wordings: tuple[str, ...], codes: tuple[str, ...]) -> list[Any]:
    return [
        *(cl.JaroWinklerAtThresholds(name, [0.9, 0.7]) for name in wordings),
        *(cl.LevenshteinAtThresholds(name, [1, 2]) for name in codes),
    ]


BEER = ("beer_name", "brew_factory_name", "style")
FOOD = ("name", "addr", "city", "type")
SONG = ("song_name", "artist_name", "album_name", "genre", "copyright")
LABELLED = {
    "beer": (
        _spec(*_wordings(*BEER), f.code("abv", "abv", "abv"), by=("beer_name", "brew_factory_name")),
        _plain(BEER, ("abv",)),
    ),
    "fodors_zagats": (
        _spec(*_wordings(*FOOD), f.code("phone", "phone", "phone"), by=("name", "phone")),
        _plain(FOOD, ("phone",)),
    ),
    "itunes_amazon_dirty": (
        _spec(
            *_wordings(*SONG),
            *(f.code(one, one, one) for one in ("price", "time", "released")),
            by=("song_name", "time"),
        ),
        _plain(SONG, ("price", "time", "released")),
    ),
}
"""Of each set: what is compared here, and Splink's plain comparisons of the same columns."""


def _people() -> Iterator[dict[str, object]]:
    """Yield people without end, the same every time."""
    dice = random.Random(20260302)
    first = date(1940, 1, 1)
    while True:
        number = dice.randrange(10**9)
        yield {
            "name": dice.choice(SIGNS) + dice.choice(SIGNS) + dice.choice(SIGNS),
            "born": (first + timedelta(days=dice.randrange(25_000))).isoformat(),
            "phone": f"154{dice.randrange(10**8):08d}",
            "address": f"{dice.choice(SIGNS)}{dice.choice(SIGNS)}路{dice.randint(1, 999)}号{dice.randint(1, 60)}室",
            "number": f"X{number:09d}" if number % 3 else None,
        }


def _point() -> list[Figure]:
    start = time.perf_counter()
    people, sign = _people(), f.signer(vault.pseudonymiser(purpose=api.PURPOSE))
    asked_of: list[dict[str, object]] = []
    tables = []
    _emptied()
    for first in range(1, MILLION + 1, CHUNK):
        rows = [next(people) for _ in range(CHUNK)]
        known = {first + at: f.features_of(PERSON.compared, row, sign) for at, row in enumerate(rows)}
        asked_of += rows[: ASKED * CHUNK // MILLION]
        tables.append(training.table_of(PERSON, known))
        _copy(known)
    _indexed()
    print(f"  a million invented people taken in: {time.perf_counter() - start:.0f} s", flush=True)
    table = pa.concat_tables(tables)
    trained = _trained(people, sign)
    asked = [_slipped(row, at) for at, row in enumerate(asked_of)]
    expected = [1 + CHUNK * (at // (ASKED * CHUNK // MILLION)) + at % (ASKED * CHUNK // MILLION) for at in range(ASKED)]
    first_rows = []

    def ask(at: int) -> None:
        found = api.entry_match(spec_id="person", values=asked[at], by=HOUSE)
        first_rows.append(found.rows[0].entry if found.rows else None)

    times_ms(ask, 20)  # warm
    first_rows.clear()
    took = times_ms(ask, ASKED)
    right = sum(one == other for one, other in zip(first_rows, expected, strict=True))
    base = _splink_times(trained, table, [f.features_of(PERSON.compared, row, sign) for row in asked[:ASKED_OF_SPLINK]])
    note = (
        f"one record with slips against {MILLION:,} in PostgreSQL, {ASKED} asked, reasons told; baseline: median of"
        f" {ASKED_OF_SPLINK} predict_between of Splink, one against the same million in memory"
    )
    return [
        Figure("entities.point_match_p50_ms", p(took, 50), "ms", median(base), note),
        Figure("entities.point_match_p99_ms", p(took, 99), "ms", median(base), note),
        Figure("entities.point_match_first_right", right / ASKED, "share", None, "the right one stands first"),
    ]


def _slipped(person: dict[str, object], at: int) -> dict[str, object]:
    """Return a person as a counter types it: without the number, and with a slip in one of the other fields."""
    again = {**person, "number": None}
    name, born, phone = str(person["name"]), str(person["born"]), str(person["phone"])
    slips = (
        {"name": name[0] + name[2] + name[1]},
        {"born": f"{born[:3]}{(int(born[3]) + 1) % 10}{born[4:]}"},
        {"phone": f"{phone[:-1]}{(int(phone[-1]) + 1) % 10}"},
        {"address": None},
    )
    return again | slips[at % len(slips)]


def _trained(people: Iterator[dict[str, object]], sign: f.Sign) -> training.Trained:
    """Train the weights on a small town of its own, half of whose people come twice."""
    rows = []
    while len(rows) < SAMPLE:
        person = next(people)
        rows += [person, _slipped(person, len(rows) // 2)] if len(rows) % 4 == 0 else [person]
    known = {at: f.features_of(PERSON.compared, row, sign) for at, row in enumerate(rows)}
    trained = training.model_train(PERSON, training.table_of(PERSON, known), seed=1)
    Model.objects.create(
        spec="person", version=1, settings=trained.settings, frequencies=trained.frequencies, report=trained.report,
        content_hash="0" * 64, made_by=HOUSE.ref, made_at=AT,
    )  # fmt: skip
    return trained


def _splink_times(trained: training.Trained, table: pa.Table, asked: list[f.Features]) -> list[float]:
    """Return how long Splink takes for one record against the million, with the same weights and keys."""
    engine = DuckDBAPI(connection=duckdb.connect())
    settings = {**trained.settings, "retain_intermediate_calculation_columns": False}
    everybody = engine.register(table)
    linker = Linker(everybody, settings, log_level="ERROR")
    for name, one in trained.frequencies.items():
        shares = {"sign": [int(sign) for sign in one["shares"]], "share": list(one["shares"].values())}
        lookup = pa.table({name: pa.array(shares["sign"], pa.int64()), f"tf_{name}": pa.array(shares["share"])})
        linker.table_management.register_term_frequency_lookup(engine.register(lookup), name)
    singles = [engine.register(training.table_of(PERSON, {-1 - at: one})) for at, one in enumerate(asked)]

    def one(at: int) -> None:
        found = linker.inference.predict_between(
            everybody, singles[at], threshold_match_weight=0.0, warning_mode="never"
        )
        found.as_pyarrow_table()

    return times_ms(one, len(singles))


def _emptied() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(COPIED)} CASCADE")
        cursor.execute("DROP INDEX entities_key_near")
        for table in COPIED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")


def _copy(known: dict[int, dict[str, f.Value]]) -> None:
    rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in COPIED}
    for entry, features in known.items():
        rows["entities_entry"].append((entry, "person", f"record:{entry}", "33", AT))
        rows["entities_signs"].append((entry, f.pack(PERSON.columns, features), features["number"]))
        rows["entities_key"] += [(key, entry) for key in f.keys_of(PERSON.keys, features)]
        rows["entities_member"].append((entry, entry, AT))
    with connection.cursor() as cursor:
        for table, columns in COPIED.items():
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows[table]:
                    copy.write_row(row)


def _indexed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX entities_key_near ON entities_key (key, entry_id)")
        for table in COPIED:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
            cursor.execute(f"ANALYZE {table}")
    store.weights_of.cache_clear()
