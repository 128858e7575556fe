"""The door of the pack tool: read, check, grade, count. Plain Python, no database.

Other rooms import from here, from `hezhi.packkit.contracts`, `hezhi.packkit.errors` and
`hezhi.packkit.shape`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hezhi.packkit.catalogue import RULES, Rule
from hezhi.packkit.check import folders_check, kinds_near, pack_folders
from hezhi.packkit.checks import Checked, FeatureValue, check_decide
from hezhi.packkit.contracts import Finding
from hezhi.packkit.current import shelf, shelf_use
from hezhi.packkit.decide import decide
from hezhi.packkit.decision_sql import DecisionSql, decision_sql
from hezhi.packkit.diff import PackChange, pack_diff
from hezhi.packkit.engines.base import Engine, Table
from hezhi.packkit.engines.duck import DuckEngine
from hezhi.packkit.engines.files import columns_of as lake_columns
from hezhi.packkit.engines.files import file_write as lake_file_write
from hezhi.packkit.engines.files import row_of as lake_row
from hezhi.packkit.errors import PackInvalid, PackUnknown, PackVersionUnknown
from hezhi.packkit.explain import pack_explain
from hezhi.packkit.expressions import ExpressionBad
from hezhi.packkit.generated import Grader, grader_make
from hezhi.packkit.identifiers import SCHEMES, Reading, Scheme, identifier_read
from hezhi.packkit.lock import Locked, lock_read
from hezhi.packkit.quality import TIERS, Score, Scored, pack_score
from hezhi.packkit.scaffold import findings_fix, pack_new, packs_lock
from hezhi.packkit.scans.compile import Span
from hezhi.packkit.scans.groups import group_field
from hezhi.packkit.scans.members import Member, arrivals, members_of
from hezhi.packkit.scans.online import OnlineValue, online_run, online_subjects
from hezhi.packkit.scans.plan import history_of, length_of, micros, moment, reach_of, ripening_of, scan_sql
from hezhi.packkit.scans.run import Episode, ScanHit, episodes, explanation, scan_run
from hezhi.packkit.scans.subjects import span_judged, subjects_of
from hezhi.packkit.schema import reference_files, schemas
from hezhi.packkit.sentences import number_told, sentence_with
from hezhi.packkit.shape import Pack
from hezhi.packkit.shape.records import CENTS
from hezhi.packkit.shelf import Shelf, folder_read
from hezhi.packkit.titles import title_fill
from hezhi.packkit.values import moment_of, values_check
from hezhi.packkit.window import count_window, span_of, subject_of, window_reach
from hezhi.packkit.words import ACTS, KERNEL_FACTS
from hezhi.packkit.written import cents_read, written_read

__all__ = [
    "ACTS",
    "CENTS",
    "KERNEL_FACTS",
    "RULES",
    "SCHEMES",
    "TIERS",
    "Checked",
    "DecisionSql",
    "DuckEngine",
    "Engine",
    "Episode",
    "ExpressionBad",
    "FeatureValue",
    "Finding",
    "Grader",
    "Locked",
    "Member",
    "OnlineValue",
    "Pack",
    "PackChange",
    "PackInvalid",
    "PackUnknown",
    "PackVersionUnknown",
    "Reading",
    "Rule",
    "ScanHit",
    "Scheme",
    "Score",
    "Scored",
    "Shelf",
    "Span",
    "Table",
    "arrivals",
    "cents_read",
    "check_decide",
    "count_window",
    "decide",
    "decision_sql",
    "engine_open",
    "episodes",
    "explanation",
    "findings_fix",
    "grader_make",
    "group_field",
    "history_of",
    "identifier_read",
    "kinds_near",
    "lake_columns",
    "lake_file_write",
    "lake_row",
    "length_of",
    "lock_read",
    "members_of",
    "micros",
    "moment",
    "moment_of",
    "number_told",
    "online_run",
    "online_subjects",
    "pack_diff",
    "pack_explain",
    "pack_folders",
    "pack_new",
    "pack_read",
    "pack_score",
    "packs_check",
    "packs_lock",
    "reach_of",
    "reference_files",
    "ripening_of",
    "scan_run",
    "scan_sql",
    "schemas",
    "sentence_with",
    "shelf",
    "shelf_use",
    "span_judged",
    "span_of",
    "subject_of",
    "subjects_of",
    "title_fill",
    "values_check",
    "window_reach",
    "written_read",
]


def engine_open(master: str = "") -> Engine:
    """Return an engine for scans: a Spark cluster by its address, DuckDB in this process without one.

    Raises:
        EngineMissing: Spark cannot run here; says what is missing.
    """
    if not master:
        return DuckEngine()
    from hezhi.packkit.engines.spark import SparkEngine

    return SparkEngine(master)


def pack_read(folder: Path) -> Pack:
    """Return the pack in one folder.

    Raises:
        PackInvalid: the text, shape, references or meaning pass found something; ``findings`` holds it all.
        FileNotFoundError: there is no such folder.
    """
    return folder_read(folder)


def packs_check(folders: Iterable[Path], *, lock: Path | None = None) -> list[Finding]:
    """Return every finding of all six passes on packs and shelves (folders of packs), by path and line.

    Kinds of agencies are compared with the nearest ``city/kinds.yml`` above each pack, versions with
    ``lock`` or the ``registry.lock`` beside it.
    """
    return folders_check(folders, lock=lock)
