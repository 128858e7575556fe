"""Whole stories of people who use the rights in their own data, through pages alone."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from typer.testing import CliRunner

from hezhi.edge.cli.main import assemble
from hezhi.edge.now import now
from hezhi.edge.web.tests.paper import send
from hezhi.flow.cases import api as cases
from hezhi.flow.intake import api as intake
from hezhi.flow.rights.contracts import RightKind
from hezhi.flow.rights.tests.factories import HOUSE, PHONE, Subject, subject_at
from hezhi.kit.errors import HezhiError
from hezhi.spine.ledger import api as ledger
from hezhi.spine.people import api as people
from hezhi.spine.people.models import Account

pytestmark = pytest.mark.django_db


@pytest.fixture
def subject() -> Subject:
    return subject_at(now() - timedelta(hours=1))


def asked(subject: Subject, code: str = "", **sent: str) -> str:
    """Send one form of the rights page; return the page that comes back, with its status in front."""
    given = {"number": subject.number, "code": code or subject.code, **sent}
    page = Client().post("/your-rights/", given)
    return f"{page.status_code} {page.content.decode()}"


def browser(subject: Subject, name: str) -> Client:
    client = Client()
    client.force_login(Account.objects.get(person_id=subject.town.persons[name]))
    return client


def case_of(subject: Subject, right: RightKind) -> str:
    """Return the address of the case that answers the newest request for a right."""
    from hezhi.flow.rights import api as rights

    found = [one for one in rights.requests_due(by=HOUSE, at=now()) if one.right is right]
    return f"/cases/{found[-1].case_id}/"


def act(client: Client, case: str, name: str, **given: object) -> None:
    send(client, case, f"{case}act/{name}/", **given)


def decided(subject: Subject, right: RightKind, outcome: str, words: str) -> str:
    """Let the officer for personal data decide and the coordinator verify and close, as their pages offer it."""
    case, officer, second = case_of(subject, right), browser(subject, "data_bureau"), browser(subject, "coordinator")
    act(officer, case, "case.accept")
    page = officer.get(case).content.decode()
    task = re.search(r"/tasks/(\d+)/done/", page)
    assert task
    send(
        officer,
        case,
        f"/tasks/{task[1]}/done/",
        is_subject="true",
        ground="none",
        reasons="编号和查询码相符，依据已经核对",
    )
    act(officer, case, "case.submit", outcome=outcome, summary=words)
    act(second, case, "case.verify")
    act(second, case, "case.close")
    return case


def test_access_is_asked_for_granted_and_fetched(subject: Subject):
    page = asked(subject, act="access", key="k1", asks="想看看存了什么")
    assert page.startswith("200") and "请求已提交" in page and "等待个人信息保护岗签收" in page
    assert "本市自定，法律只要求及时" in page  # no law names the number of days

    decided(subject, RightKind.ACCESS, "granted", "全部提供，三十日内可下载")

    page = asked(subject)
    assert "全部提供，三十日内可下载" in page and "查看我的信息" in page
    sent = {"number": subject.number, "code": subject.code}
    shown = Client().post("/your-rights/copy/", sent).content.decode()
    assert PHONE in shown and "您的同意" in shown and "故事public_utilities" not in shown
    loaded = json.loads(Client().post("/your-rights/copy/", {**sent, "form": "json"}).content)
    assert {one["name"]: one["value"] for one in loaded["fields"]}["contact_phone"] == PHONE
    assert loaded["bases"] and loaded["keeping"]["law"] and loaded["remedy"]["zh"]


def test_a_refusal_without_reasons_is_impossible_and_one_with_reasons_tells_the_remedy(subject: Subject):
    asked(subject, act="erasure", key="k1")
    case, officer = case_of(subject, RightKind.ERASURE), browser(subject, "data_bureau")
    act(officer, case, "case.accept")
    before = ledger.last_line_id()
    without = officer.post(f"{case}act/case.submit/", {"outcome": "refused", "summary": "事项尚未办结", "key": "a"})
    silent = officer.post(f"{case}act/case.submit/", {"outcome": "refused", "summary": " ", "key": "b"})
    assert (without.status_code, silent.status_code, ledger.last_line_id()) == (409, 422, before)

    task = re.search(r"/tasks/(\d+)/done/", officer.get(case).content.decode())
    assert task
    send(
        officer, case, f"/tasks/{task[1]}/done/", is_subject="true", ground="none", reasons="事项尚未办结，保存期限未满"
    )
    act(officer, case, "case.submit", outcome="refused", summary="事项尚未办结，办结后可以再次请求")
    second = browser(subject, "coordinator")
    act(second, case, "case.verify")
    act(second, case, "case.close")

    page = asked(subject)
    assert "事项尚未办结，办结后可以再次请求" in page and "依法向人民法院提起诉讼" in page
    assert subject.whole()["contact_phone"] == PHONE
    number = re.search(r'name="about" value="([^"]+)"', page)
    assert number
    page = asked(subject, act="contest", about=number[1], text="事项早就办结了", key="c1")
    assert "异议已提交" in page and "事项早就办结了" in page


def test_a_wrong_code_shows_and_changes_nothing(subject: Subject):
    before = ledger.last_line_id()

    pages = [asked(subject, "AAAAAAAAAA", act=right, key="k") for right in ("access", "withdrawal", "contest")]
    copy = Client().post("/your-rights/copy/", {"number": subject.number, "code": "AAAAAAAAAA"})

    assert {page[:3] for page in pages} == {"404"} and copy.status_code == 404
    assert not any(word in page for page in (*pages, copy.content.decode()) for word in ("路灯", PHONE, "您的请求"))
    assert ledger.last_line_id() == before


def test_consent_taken_back_is_gone_before_any_officer_looks(subject: Subject):
    page = asked(subject, act="withdrawal", key="k1")

    assert "联系电话" in page.split("已执行")[1][:60]
    assert [one.phone for one in intake.contacts_of(record_ids=[subject.record_id])] == [""]


def test_the_officer_sees_the_record_masked_and_nobody_else_sees_the_request(subject: Subject):
    subject.confirm(at=now())
    asked(subject, act="access", key="k1", asks="只给数据局看的话")
    case = case_of(subject, RightKind.ACCESS)

    page = browser(subject, "data_bureau").get(case).content.decode()
    assert "所涉记录" in page and subject.number in page and "只给数据局看的话" in page
    assert PHONE not in page and "村口路灯坏了三盏" not in page
    seen = {who: browser(subject, who).get(case).status_code for who in subject.town.persons}
    office = {"coordinator", "supervisor", "grid_worker"}  # one agency in this town, and a part-taker by name
    assert {who for who, status in seen.items() if status == 200} == {"data_bureau", *office}
    own = cases.case_of_record(record_ids=[subject.record_id])
    handling = browser(subject, "public_utilities").get(f"/cases/{own}/").content.decode()
    assert "个人信息权利" not in handling and "只给数据局看的话" not in handling


def test_a_late_answer_rings_and_both_sides_see_it():
    long_ago = now() - timedelta(days=60)
    late = subject_at(long_ago)
    late.ask(RightKind.ACCESS, at=long_ago)

    for _ in range(2):  # one ring at a time
        cases.cases_sweep(at=now())

    case = case_of(late, RightKind.ACCESS)
    row = cases.case_get(case_id=int(case.split("/")[2]), by=HOUSE)
    assert row.ring == 2
    assert "逾期" in asked(late)
    assert "chip-red" in browser(late, "data_bureau").get(case).content.decode()


def test_correction_shows_at_once_what_cannot_be_used(subject: Subject):
    page = asked(subject, act="correction", key="k1", field="contact_phone", value="不是电话")
    assert page.startswith("422") and "不是电话" in page

    asked(subject, act="correction", key="k2", field="contact_phone", value="13900000502")
    assert subject.whole()["contact_phone"] == PHONE
    decided(subject, RightKind.CORRECTION, "granted", "核对后已经改正")
    assert subject.whole()["contact_phone"] == "13900000502"


def test_a_person_corrects_a_choice_by_its_words(subject: Subject):
    before = subject.whole()["channel"]
    assert before != "visit"
    assert asked(subject, act="correction", key="k1", field="channel", value="飞鸽传书").startswith("422")

    asked(subject, act="correction", key="k2", field="channel", value="来访窗口")
    assert subject.whole()["channel"] == before
    decided(subject, RightKind.CORRECTION, "granted", "核对后已经改正")
    assert subject.whole()["channel"] == "visit"


def hezhi(*arguments: str, password: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(assemble(), ["rights", *arguments], input=f"{password}\n" if password else None)
    error = f" {done.exception.code}" if isinstance(done.exception, HezhiError) else ""
    return done.exit_code, done.output + error


def account(subject: Subject, name: str) -> tuple[str, str]:
    found, password = Account.objects.get(person_id=subject.town.persons[name]), "correct horse battery staple"
    people.account_password_set(account_id=found.pk, password=password, by=HOUSE, at=now())
    return found.username, password


def test_the_command_line_files_at_the_counter_and_answers_as_the_officer_who_proves_who_they_are(subject: Subject):
    duty, password = account(subject, "duty_officer")
    officer, _ = account(subject, "data_bureau")
    filing = ("file", subject.number, "access", "--account", duty, "--checked", "居民身份证")
    before = ledger.last_line_id()
    assert hezhi(*filing, password="wrong password")[1].endswith("wrong_sign_in")
    assert ledger.last_line_id() == before

    code, said = hezhi(*filing, password=password)
    number = re.search(r"number (\S+)", said)
    assert code == 0 and number

    code, said = hezhi("list")
    assert (code, said.splitlines()[-1], number[1] in said) == (0, "1 open", True)
    assert hezhi("due") == (0, "0 late\n")
    code, said = hezhi("show", number[1], "--account", officer, password=password)
    assert (code, subject.number in said, PHONE in said, "联系电话: ••••••" in said) == (0, True, False, True)
    decision = (
        "answer",
        number[1],
        "refused",
        "--account",
        officer,
        "--reasons",
        "请求人与记录不符，无法提供",
        "--words",
    )
    assert hezhi(*decision, " ", password=password)[0] == 1
    code, said = hezhi(*decision, "请带证件到窗口补充证明；不服的可以投诉或起诉", password=password)
    assert (code, "submitted: refused" in said) == (0, True)
