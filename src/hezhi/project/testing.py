"""Settings of the test run: the same house, with cheap passwords and no pool."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from hezhi.project import settings as real
from hezhi.project.settings import *  # noqa: F403

_written = tempfile.TemporaryDirectory(prefix="hezhi-test-")  # lives as long as the test run
HEZHI = replace(real.HEZHI, pool_size=0, smtp_url="", sms_url="", debug=False)
MEDIA_ROOT = Path(_written.name) / "media"
LAKE_DIR = Path(_written.name) / "lake"
LEDGER_KEYS = Path(_written.name) / "keys"
TIMESTAMP_URL = ""
DATABASES = {"default": real._database(HEZHI)}
# A test that crashes the machine loses nothing, so commits need not wait for the disk.
DATABASES["default"]["OPTIONS"]["options"] = "-c synchronous_commit=off"
HEZHI = replace(HEZHI, run_dir=Path(_written.name))
READ_ROLE = real.WEB_ROLE  # pages and API run guarded, as they do when served
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
