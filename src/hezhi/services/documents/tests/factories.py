"""A dispatch order with everything on it; names, numbers and places are invented."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from pypdf import PdfReader

from hezhi.services.documents import registry, typesetting
from hezhi.spine.permissions.contracts import Actor

AT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
HOUSE = Actor.system("test")
DIGEST = "0123456789abcdef"


def order_data(**over: Any) -> dict[str, Any]:
    data = {
        "number": "云和治交〔2026〕0312号",
        "issuer": "云溪市社会治理中心",
        "issued_on": "2026-03-02",
        "pack": "sample@2026.1",
        "title": "金桂路一处井盖松动",
        "matter": "道路设施",
        "region": "云溪市 柳湖区 桂香街道",
        "place": "金桂路 118 号门前",
        "received_at": "2026-03-02T09:12:00+08:00",
        "record_numbers": ["R20260227-000182"],
        "content": "井盖松动，车过有响声。\n晚上看不清。",
        "assignments": [
            {"part": "support", "agency": "桂香街道办事处"},
            {
                "part": "lead",
                "agency": "柳湖区综合行政执法局",
                "limit": {"budget": 10, "unit": "working_day"},
                "due_at": "2026-03-17T00:00:00+08:00",
                "basis": "《城市道路管理条例》第二十三条",
            },
        ],
        "due_steps": [
            {"from_at": "2026-03-02T09:30:00+08:00", "to_at": "2026-03-02T09:30:00+08:00", "says": "started"},
            {
                "from_at": "2026-03-03T00:00:00+08:00",
                "to_at": "2026-03-17T00:00:00+08:00",
                "says": "ran",
                "counted": 10,
                "note": "周末不计",
            },
            {"from_at": "2026-03-17T00:00:00+08:00", "to_at": "2026-03-17T00:00:00+08:00", "says": "due"},
        ],
        "reasons": ["职责清单“道路设施”一项。"],
        "requirements": ["办结时提交处置前后照片。"],
        "contact": {"window": "分办窗口", "phone": "0579-0000-0000"},
    }
    return {**data, **over}


def order_pdf(**over: Any) -> bytes:
    template = registry.template_get("dispatch_order")
    printed = template.printed(registry.facts_read(template, order_data(**over)))
    return typesetting.pdf(file=template.file, printed=printed, digest=DIGEST, at=AT)


def words_of(pdf: bytes) -> str:
    """Return the text of a paper without the spaces that typesetting adds."""
    return "".join("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())
