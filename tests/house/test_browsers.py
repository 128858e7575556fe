"""What browsers are told and sent: cookies, headers, addresses. Generated over every route where it can be."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from tests.house.test_routes import PEOPLE, ROUTES, Scene, asked, scene  # noqa: F401

from hezhi.edge.api.site import openapi
from hezhi.edge.demo.city import _LOADER
from hezhi.edge.web.tests.office import Office, office  # noqa: F401
from hezhi.project.options import ROOT, options_read
from hezhi.spine.people.models import Account

WEB = ROOT / "src/hezhi/edge/web"
OWN_SCRIPTS = sorted((WEB / "static/web").glob("*.js"))
TEMPLATES = sorted((ROOT / "src").rglob("templates/**/*.html"))
NAMES = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "LANGUAGE_COOKIE_NAME", "SESSION_COOKIE_SECURE",
         "CSRF_COOKIE_SECURE", "LANGUAGE_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS",
         "SECURE_PROXY_SSL_HEADER", "SECURE_SSL_REDIRECT")  # fmt: skip


@pytest.fixture
def by_https(settings: Any) -> None:
    """Take over what the settings become where HEZHI_HTTPS is set."""
    program = (
        f"import json; from hezhi.project import settings as s; print(json.dumps([getattr(s, n) for n in {NAMES}]))"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "HEZHI_HTTPS": "yes"}, capture_output=True, check=True
    )
    for name, value in zip(NAMES, json.loads(told.stdout), strict=True):
        setattr(settings, name, value)


@pytest.mark.django_db
def test_by_https_every_cookie_is_of_this_host_alone_and_no_script_reads_it(by_https: None) -> None:
    Account.objects.create(username="lamp", password=make_password("a long password"))
    browser = Client(headers={"X-Forwarded-Proto": "https"})
    browser.get("/sign-in/")

    assert browser.post("/sign-in/", {"username": "lamp", "password": "a long password"}).status_code == 302
    browser.post("/i18n/setlang/", {"language": "en"})

    assert sorted(browser.cookies) == ["__Host-hezhi_csrf", "__Host-hezhi_language", "__Host-hezhi_session"]
    for name, cookie in browser.cookies.items():
        told = {key: cookie[key] for key in ("secure", "path", "domain", "httponly", "samesite")}
        assert told == {"secure": True, "path": "/", "domain": "", "httponly": True, "samesite": "Lax"}, name


@pytest.mark.django_db
def test_by_https_browsers_come_by_https_for_a_year_below_this_host_too(by_https: None) -> None:
    answer = Client(headers={"X-Forwarded-Proto": "https"}).get("/")

    assert answer["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert Client().get("/")["Location"].startswith("https://")


@pytest.mark.django_db
def test_whoever_signs_out_leaves_nothing_of_the_pages_in_the_browser(office: Office) -> None:  # noqa: F811
    browser = office.client("supervisor")

    answer = browser.post(reverse("web:sign_out"))

    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert browser.get(reverse("web:work")).status_code == 302


def answers(scene: Scene, people: Sequence[str] = PEOPLE) -> list[tuple[str, str, HttpResponse]]:  # noqa: F811
    """Return what every reading route and operation answers to these: pages, watched addresses, the API."""
    found = [
        (name, person, asked(scene, name, scene.office.client(person)))
        for name, route in ROUTES.items()
        if route.method == "get"
        for person in people
    ]
    for person in people:
        for path, methods in openapi()["paths"].items():
            if "get" in methods:
                address = re.sub(r"\{(\w+)\}", lambda one: str(scene.names.get(one[1].removesuffix("_id"), "1")), path)
                found.append((path, person, scene.office.client(person).get(address)))
    return [*found, *(("health", "", Client().get(path)) for path in ("/healthz", "/readyz", "/metrics"))]


SOME = ("", "supervisor", "operator")
NOTES = re.compile(r'(?:INTO|UPDATE|FROM) "?(django_session|people_signedin|house_api_tally|intake_ticket)\b')
WRITES = re.compile(r"\s*(?:WITH\b.*\b)?(INSERT|UPDATE|DELETE|MERGE|TRUNCATE)\b", re.S)
"""Statements that write; those a reading may send keep the session, and count questions and looks by a ticket."""


@pytest.mark.django_db
def test_reading_addresses_change_nothing_and_tell_what_they_answer(scene: Scene) -> None:  # noqa: F811
    for person in PEOPLE:
        scene.office.client(person)  # signing in writes

    wrote, noted = set(), set()

    def watched(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if WRITES.match(sql):
            note = NOTES.search(sql)
            (noted if note else wrote).add(note[1] if note else sql[:200])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watched):
        every = answers(scene)

    assert wrote == set()
    assert "house_api_tally" in noted  # so that what is written is seen
    assert len({name for name, *_ in every}) > 50
    untold = {
        (name, answer.get("Content-Type"))
        for name, _, answer in every
        if answer.status_code != 302
        and not re.fullmatch(
            r"text/(html|csv|plain)(; version=[\d.]+)?; charset=utf-8|application/json(; charset=utf-8)?",
            answer.get("Content-Type", ""),
        )
    }
    assert untold == set()


@pytest.mark.django_db
def test_every_answer_keeps_foreign_content_out(scene: Scene) -> None:  # noqa: F811
    for name, person, answer in answers(scene, SOME):
        told = (name, person)
        assert answer["X-Content-Type-Options"] == "nosniff", told
        assert answer["Referrer-Policy"] == "same-origin", told
        policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
        assert (policy["object-src"], policy["base-uri"], policy["frame-ancestors"]) == ("'none'",) * 3, told
        assert policy["default-src"] == "'self'" and "unsafe" not in answer["Content-Security-Policy"], told
        assert answer.get("Access-Control-Allow-Origin") is None, told


@pytest.mark.django_db
def test_what_an_officer_reads_is_kept_in_no_cache(scene: Scene) -> None:  # noqa: F811
    kept = {
        (name, answer.get("Cache-Control"))
        for name, person, answer in answers(scene, SOME)
        if person and answer.status_code == 200 and "no-store" not in answer.get("Cache-Control", "")
    }

    assert kept == set()


@pytest.mark.django_db
def test_what_changes_something_cannot_be_asked_for_by_reading(scene: Scene) -> None:  # noqa: F811
    got = {}
    for name, route in ROUTES.items():
        if route.method == "post" and name not in ("sign_out",):
            address = reverse(f"web:{name}", args=[scene.names.get(one, one) for one in route.args])
            with transaction.atomic():
                got[name] = {scene.office.client(person).get(address).status_code for person in PEOPLE}
                transaction.set_rollback(True)

    assert {name: codes for name, codes in got.items() if codes - {302, 403, 404, 405}} == {}
    assert Client().get(reverse("web:sign_out")).status_code == 405


SAFE_QUERY = {
    "cursor", "size", "page", "language", "next", "show", "state", "pack", "pack_id", "matter", "grade", "region",
    "overdue", "month", "kind", "from", "to", "at", "as_of", "code", "agency", "order", "sort", "all", "mine", "q",
}  # fmt: skip
"""Names an address may carry: what narrows a list, never who somebody is. ``q`` is what a reader looks for."""
PERSONAL = re.compile(r"phone|mail|name|token|secret|password|card|address|contact", re.I)


def test_no_address_carries_secrets_or_personal_data() -> None:
    asked_for = {
        one["name"]
        for methods in openapi()["paths"].values()
        for told in methods.values()
        for one in told.get("parameters", ())
        if one["in"] in ("query", "path")
    }
    forms = [
        form for path in TEMPLATES for form in re.findall(r'<form[^>]*method="get".*?</form>', path.read_text(), re.S)
    ]
    asked_for |= {name for form in forms for name in re.findall(r'name="([^"{]+)"', form)}

    assert len(forms) >= 4 and "cursor" in asked_for
    assert {name for name in asked_for if PERSONAL.search(name)} == set()
    codes = [one for methods in openapi()["paths"].values() for told in methods.values()
             for one in told.get("parameters", ()) if "code" in one["name"].lower()]  # fmt: skip
    assert {one["in"] for one in codes} <= {"header", "path"}


def test_nothing_of_version_control_or_configuration_is_served() -> None:
    for path in ("/.git/HEAD", "/.git/config", "/static/.git/HEAD", "/static/../.git/HEAD", "/.env", "/static/",
                 "/static/web/", "/static/..%2f..%2f..%2f.git/HEAD", "/.run/secret_key"):  # fmt: skip
        assert Client().get(path).status_code == 404, path
    served = {path.name for folder in WEB.glob("static/*") for path in folder.rglob("*")}
    assert served and not [name for name in served if name.startswith(".") or name.endswith((".py", ".toml", ".map~"))]


def test_own_scripts_put_text_on_pages_as_text_only() -> None:
    assert [path.name for path in OWN_SCRIPTS] == ["hezhi.js", "passkey.js"]
    running = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|setTimeout\(['\"]"
    )
    assert [path.name for path in OWN_SCRIPTS if running.search(path.read_text())] == []


def test_own_scripts_keep_nothing_in_the_browser() -> None:
    keeping = re.compile(r"localStorage|sessionStorage|indexedDB|document\.cookie|caches\.")
    assert [path.name for path in OWN_SCRIPTS if keeping.search(path.read_text())] == []


def test_debug_pages_are_off_unless_asked_for() -> None:
    assert options_read({}).debug is False
    assert not [one for one in settings.INSTALLED_APPS if "debug" in one]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/sign-in/", "/api/v1/cases", "/healthz"])
def test_trace_is_refused(path: str) -> None:
    answer = Client(headers={"X-Told": "a secret of the asker"}).generic("TRACE", path)

    assert answer.status_code in (401, 403, 405)
    assert b"a secret of the asker" not in answer.content


def test_templates_escape_everything_but_three_drawings_of_our_own() -> None:
    unescaped = re.compile(r"\|\s*safe\b|autoescape\s+off|\{%\s*safe")
    assert [path.name for path in TEMPLATES if unescaped.search(path.read_text())] == []
    calls = [
        (path.name, ast.unparse(node.func).rpartition(".")[2], node.args[0])
        for path in (ROOT / "src").rglob("*.py")
        if "tests" not in path.parts
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and node.args
    ]
    assert {name for name, call, _ in calls if call in ("mark_safe", "SafeString")} == {
        "indicators.py",
        "quality.py",
        "safety.py",
    }
    # format_html escapes its values; what it puts them into must be written here
    assert [name for name, call, told in calls if call == "format_html" and not isinstance(told, ast.Constant)] == []


def test_no_text_is_ever_executed() -> None:
    runs = {"eval", "exec", "compile", "__import__", "execfile"}
    packed = {"pickle", "marshal", "shelve", "dill", "joblib"}
    found = set()
    for path in (ROOT / "src").rglob("*.py"):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in runs:
                found.add((path.name, node.func.id))
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
                found |= {(path.name, one) for one in names if one.split(".")[0] in packed}
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("yaml.load", "yaml.unsafe_load"):
                found.add((path.name, ast.unparse(node.func)))
    assert found == {
        ("classify.py", "joblib"),  # a file that this house wrote, read only where its hash is the kept one
        ("city.py", "yaml.load"),  # given a safe loader, see below
        # A function made from a checked decision table: names are positions, values are literals by their repr.
        ("generated.py", "compile"),
        ("generated.py", "exec"),
    }
    assert issubclass(_LOADER, yaml.SafeLoader | getattr(yaml, "CSafeLoader", yaml.SafeLoader))


HIDDEN = re.compile(r"password|secrets?$|secret_key|token_hash|code_hash|(?<!un)sealed|wrapped|session_key|^raw$")


def test_every_answer_of_the_api_has_a_shape_that_names_its_fields() -> None:
    document = openapi()
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            for status, answer in told["responses"].items():
                if int(status) < 300 and int(status) != 204:
                    shape = answer["content"]["application/json"]["schema"]
                    assert {"$ref", "items", "anyOf", "properties"} & set(shape), (path, method)
    fields = {(name, field) for name, shape in document["components"]["schemas"].items()
              for field in shape.get("properties", ())}  # fmt: skip
    assert len(fields) > 100
    assert {one for one in fields if HIDDEN.search(one[1])} == set()
