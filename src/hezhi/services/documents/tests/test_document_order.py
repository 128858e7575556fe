"""Ordering and making: one paper per key, one file per paper, whatever dies in between."""

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from hezhi.kit.canonical import sha256
from hezhi.services.documents import api, making, sealing
from hezhi.services.documents.contracts import DocumentState
from hezhi.services.documents.errors import DocumentDataInvalid, DocumentKeyReused, DocumentNotFound
from hezhi.services.documents.models import Document
from hezhi.services.documents.tests.factories import AT, HOUSE, order_data, words_of
from hezhi.spine.files import api as files
from hezhi.spine.vault import api as vault
from hezhi.spine.vault.errors import EnvelopeRefused, SubjectErased

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def order(key: str = "case:12/3", **over):
    data = order_data(**over)
    return api.document_order(template="dispatch_order", data=data, about="case:12", by=HOUSE, at=AT, key=key)


def test_an_ordered_paper_waits_for_its_job():
    row = order()

    assert (row.state, row.title, row.file_sha256, row.made_at) == (DocumentState.QUEUED, "交办单", "", None)
    assert [(one.task_name, one.args) for one in ProcrastinateJob.objects.all()] == [
        ("documents.make", {"document_id": row.id})
    ]


def test_the_facts_are_sealed_and_their_hash_tells_nothing_to_who_knows_them_all():
    rows = order("a"), order("b")

    facts = {sealing.facts_of(one) for one in Document.objects.all()}
    assert [one[:52] for one in facts] == ['{"assignments":[{"agency":"桂香街道办事处","basis":"","basi']
    assert len({rows[0].data_sha256, rows[1].data_sha256, sha256(facts.pop())}) == 3
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(t::text, '') FROM documents_document t")
        (kept,) = cursor.fetchone()
    assert "case:12" in kept and not any(one in kept for one in ("井盖", "\\u4e95", "R20260227"))


def test_the_facts_moved_to_another_paper_open_nothing():
    one, other = order("a"), order("b")
    Document.objects.filter(pk=other.id).update(sealed=Document.objects.get(pk=one.id).sealed)

    with pytest.raises(EnvelopeRefused):
        api.document_make(document_id=other.id, at=AT)


def test_no_paper_is_made_of_what_was_erased():
    ordered = order()
    vault.keys_destroy(subjects=["case:12"])

    failed = api.document_make(document_id=ordered.id, at=AT)

    assert (failed.state, failed.file_sha256) == (DocumentState.FAILED, "")
    assert failed.error.startswith("This was erased")
    with pytest.raises(SubjectErased), transaction.atomic():
        order("b")
    assert [one.id for one in api.documents_of(about="case:12")] == [ordered.id]


def test_the_same_key_gives_the_same_paper():
    assert order() == order()
    assert (Document.objects.count(), ProcrastinateJob.objects.count()) == (1, 1)


def test_a_key_does_not_serve_two_papers():
    order()

    with pytest.raises(DocumentKeyReused):
        order(title="另一件事")

    assert (Document.objects.count(), ProcrastinateJob.objects.count()) == (1, 1)


def test_a_paper_with_wrong_facts_is_not_ordered():
    with pytest.raises(DocumentDataInvalid):
        order(number="")

    assert (Document.objects.count(), ProcrastinateJob.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_act_leaves_no_paper_and_no_job():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        order()
        raise ZeroDivisionError

    assert (Document.objects.count(), ProcrastinateJob.objects.count()) == (0, 0)


def test_the_job_makes_one_file_however_often_it_runs():
    ordered = order()

    made = api.document_make(document_id=ordered.id, at=AT)
    again = api.document_make(document_id=ordered.id, at=AT)

    assert (made.state, made.made_at) == (DocumentState.DONE, AT)
    assert again == made == api.document_get(document_id=ordered.id)
    assert "云和治交〔2026〕0312号" in words_of(files.file_read(made.file_sha256))
    assert f"数据摘要{made.data_sha256[:16]}" in words_of(files.file_read(made.file_sha256))


def test_a_worker_killed_before_it_could_note_the_file_makes_the_same_file_again(monkeypatch):
    ordered = order()
    stored, put = [], files.file_put

    class Killed(BaseException):
        pass

    def put_then_die(**given):
        stored.append(put(**given))
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(making.files, "file_put", put_then_die)
        with pytest.raises(Killed):
            api.document_make(document_id=ordered.id, at=AT)
    assert api.document_get(document_id=ordered.id).state is DocumentState.QUEUED

    made = api.document_make(document_id=ordered.id, at=AT)

    assert made.file_sha256 == stored[0].sha256


def test_a_template_that_is_gone_fails_the_paper_and_says_why():
    ordered = order()
    Document.objects.update(template="retired_form")

    failed = api.document_make(document_id=ordered.id, at=AT)

    assert (failed.state, failed.file_sha256) == (DocumentState.FAILED, "")
    assert "retired_form" in failed.error


def test_a_paper_that_lost_its_job_gets_one():
    ordered = order()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")

    assert (api.documents_rescue(), api.documents_rescue()) == (1, 0)
    assert ProcrastinateJob.objects.get().args == {"document_id": ordered.id}


def test_papers_of_one_matter_come_oldest_first():
    first, second = order("a"), order("b")

    assert [one.id for one in api.documents_of(about="case:12")] == [first.id, second.id]
    assert api.documents_of(about="case:13") == []


def test_an_unknown_paper_is_not_found():
    with pytest.raises(DocumentNotFound):
        api.document_get(document_id=404)
