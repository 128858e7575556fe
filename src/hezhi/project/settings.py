"""Django's settings, made from the typed options of `hezhi.project.options`."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONCE, NONE, SELF
from psycopg.conninfo import conninfo_to_dict

from hezhi.project import postgres
from hezhi.project.options import Options, options_read

HEZHI: Options = options_read()
WEB_DIR = Path(__file__).resolve().parents[1] / "edge/web"


def _kept_secret(options: Options, name: str) -> str:
    """Return a secret of this installation, made at random once and kept in the run folder."""
    kept = options.run_dir / name
    if not kept.exists():
        options.run_dir.mkdir(parents=True, exist_ok=True)
        draft = kept.with_name(f"{name}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(draft, kept)  # the first of two that start together wins
        draft.unlink()
    return kept.read_text()


def _database(options: Options) -> dict[str, Any]:
    url = options.database_url or postgres.database_url(postgres.place_of(options.run_dir))
    parts = conninfo_to_dict(url)
    if options.is_web:
        parts |= {"user": WEB_ROLE, "password": WEB_PASSWORD}
    named = {key.upper(): str(parts.pop(key, "") or "") for key in ("user", "password", "host", "port")}
    extra: dict[str, Any] = {key: value for key, value in parts.items() if key != "dbname"}
    if options.pool_size:
        extra["pool"] = {"min_size": 0, "max_size": options.pool_size, "timeout": 30}
    return {
        "ENGINE": "hezhi.spine.guard.engine",
        "NAME": parts.get("dbname") or postgres.NAME,
        **named,
        "OPTIONS": extra,
        "ATOMIC_REQUESTS": False,  # acts open their own transaction
        "CONN_HEALTH_CHECKS": not options.pool_size,
        "CONN_MAX_AGE": 0,
    }


SECRET_KEY = HEZHI.secret_key or _kept_secret(HEZHI, "secret_key")
WEB_ROLE = "hezhi_web"  # what web processes sign in to the database with, and read as
ACT_ROLE = "hezhi_act"  # what they take up inside a command
WEB_PASSWORD = _kept_secret(HEZHI, "web_password")
PASS_KEY = _kept_secret(HEZHI, "pass_key").encode()[:64]
READ_ROLE = "none"  # inside a request; another one where the connection is the owner's: in tests and benchmarks
DEBUG = HEZHI.debug
ALLOWED_HOSTS = list(HEZHI.allowed_hosts)
DATABASES = {"default": _database(HEZHI)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ROOMS = [  # those with tables, jobs or templates
    "hezhi.spine.regions",
    "hezhi.spine.people",
    "hezhi.spine.calendar",
    "hezhi.spine.clocks",
    "hezhi.spine.ledger",
    "hezhi.spine.files",
    "hezhi.spine.vault",
    "hezhi.services.notices",
    "hezhi.services.documents",
    "hezhi.services.devices",
    "hezhi.services.lake",
    "hezhi.services.entities",
    "hezhi.flow.intake",
    "hezhi.flow.supply",
    "hezhi.flow.checks",
    "hezhi.flow.detection",
    "hezhi.flow.alerts",
    "hezhi.flow.cases",
    "hezhi.flow.tasks",
    "hezhi.flow.outcomes",
    "hezhi.flow.rights",
    "hezhi.flow.indicators",
    "hezhi.wiring",
    "hezhi.edge.jobs",
    "hezhi.edge.api",
    "hezhi.edge.web",
]
INSTALLED_APPS = [
    *ROOMS,
    "procrastinate.contrib.django",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "csp",
]
MIDDLEWARE = [
    "hezhi.edge.health.middleware.WatchMiddleware",
    "hezhi.project.asking.ProxyMiddleware",
    "hezhi.edge.api.plain.PlainMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "hezhi.project.asking.UnkeptMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "hezhi.project.language.ChosenLanguageMiddleware",
    "hezhi.project.asking.AskingMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "hezhi.project.urls"
WSGI_APPLICATION = "hezhi.project.wsgi.application"
ASGI_APPLICATION = "hezhi.project.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ]
        },
    }
]

# accounts
AUTH_USER_MODEL = "people.Account"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
_HOST = "__Host-" if HEZHI.https else ""  # browsers take such a cookie by HTTPS from this very host only
SESSION_COOKIE_NAME = f"{_HOST}hezhi_session"
CSRF_COOKIE_NAME = f"{_HOST}hezhi_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "hezhi.edge.web.views.errors.forbidden"
CSRF_TRUSTED_ORIGINS = list(HEZHI.trusted_origins)

# language and time
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = f"{_HOST}hezhi_language"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [WEB_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# what browsers may load: our own files, and inline blocks that carry the page's nonce
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "worker-src": [SELF, "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HEZHI.https
SECURE_SSL_REDIRECT = HEZHI.https
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HEZHI.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HEZHI.https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HEZHI.https else None

# files
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # nothing to collect: the files lie where set-up put them
MEDIA_ROOT = HEZHI.media_dir
LAKE_DIR = HEZHI.lake_dir
LEDGER_KEYS = Path(HEZHI.ledger_keys or HEZHI.run_dir / "keys").absolute()
LEDGER_SIGNATURE = HEZHI.ledger_signature
TIMESTAMP_URL = HEZHI.timestamp_url
DATA_UPLOAD_MAX_MEMORY_SIZE = HEZHI.file_limit_mb * 1_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

# sealed fields
VAULT_KEY_FILE = Path(HEZHI.key_file).absolute() if HEZHI.key_file else HEZHI.run_dir / "master_keys"
VAULT_KEY_FILE_IS_MADE = not HEZHI.key_file  # a file that somebody named must be there
VAULT_KEY_COMMAND = HEZHI.key_command
VAULT_CIPHER = HEZHI.cipher

# background work
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
PROCRASTINATE_ON_APP_READY = None

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "hezhi.project.logs.LineFormatter",
            "fmt": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        },
        "json": {"()": "hezhi.project.logs.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json" if HEZHI.log_json else "line"}},
    "root": {"handlers": ["console"], "level": HEZHI.log_level},
    "loggers": {
        "procrastinate": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},  # it tells whole addresses
        "psycopg.pool": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},  # a refusal is told by hezhi.request, without the address
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
