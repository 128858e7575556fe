"""A handful of invented messages in the files' own format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from hezhi.edge.real.plan import Plan

LAMPS = "村口到车站的路灯坏了三盏，晚上看不见路，请尽快派人来修"
NOISE = "楼下烧烤店营业到凌晨，音乐声很大，老人孩子都睡不着"
BUS = "请问开发区的公交车什么时候开通，早晚高峰没有车坐"

# id, title, time, body
STREAM: tuple[tuple[int, str, str, str], ...] = (
    (1, "路灯坏了", "2019-03-04 08:00:00", LAMPS),
    (2, "路灯不亮", "2019-03-04 09:30:00", LAMPS + "，已经一个星期了"),
    (3, "路灯一直没人修", "2019-03-06 20:10:00", LAMPS + "，上学的孩子摔倒了"),
    (4, "烧烤店太吵", "2019-03-07 23:50:00", NOISE),
    (5, "无", "2019-03-08 10:00:00", NOISE),  # a title of one character
    (6, "时间写坏了", "2019-13-08 10:00:00", NOISE),  # no such month
)
# id, title, time, body, reply time, working days by hand or why there are none
REPLIES: tuple[tuple[int, str, str, str, str, int | str], ...] = (
    (1, "公交什么时候开通", "2018-09-28 17:00:00", BUS, "2018-10-08 09:00:00", 3),  # National Day, two make-up days
    (2, "公交线路咨询", "2018-10-08 09:00:00", BUS, "2018-10-08 16:00:00", 0),
    (3, "路灯何时修好", "2019-02-01 09:00:00", LAMPS, "2019-02-12 09:00:00", 4),  # Spring Festival
    (4, "烧烤店扰民", "2019-05-31 22:00:00", NOISE, "2019-06-03 08:30:00", 1),  # over a weekend
    (5, "早答复的", "2018-10-08 09:10:00", BUS, "2018-10-08 09:20:00", 0),
    (6, "同一天晚些的", "2018-10-08 21:00:00", BUS, "2018-10-09 08:00:00", 1),
    (7, "没有答复的", "2018-10-10 09:00:00", BUS, "", "missing"),
    (8, "答复早于来件的", "2018-10-11 09:00:00", BUS, "2018-10-09 09:00:00", "reversed"),
)
DAYS = (
    "2007,2007-01-01,元旦,True",
    "2018,2018-09-29,国庆节,False",
    "2018,2018-09-30,国庆节,False",
    *(f"2018,2018-10-0{day},国庆节,True" for day in range(1, 8)),
    "2019,2019-02-02,春节,False",
    "2019,2019-02-03,春节,False",
    *(f"2019,2019-02-{day:02},春节,True" for day in range(4, 11)),
    "2026,2026-10-01,国庆节,True",
)


def files_write(data: Path, plan: Plan, *, replies: tuple[tuple[Any, ...], ...] = REPLIES) -> None:
    """Write the small files where a run looks for them."""
    folder = data / plan.folder
    folder.mkdir(parents=True)
    stream = [
        {"id": one[0], "user": f"U{one[0]}", "title": one[1], "time": one[2], "body": one[3], "up": 1, "down": 0}
        for one in STREAM
    ]
    answered = [
        {"id": one[0], "user": f"U{one[0]}", "title": one[1], "time": one[2], "body": one[3], "reply": "已答复",
         "reply_time": one[4]}
        for one in replies
    ]  # fmt: skip
    for part, rows in zip(plan.parts, (stream, answered), strict=True):
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / part.file).write_text(text, encoding="utf-8")
    days = data / plan.replies.days
    days.parent.mkdir()
    days.write_text("year,date,name,is_off_day\n" + "\n".join(DAYS) + "\n", encoding="utf-8")
    labelled = [(f"路灯 坏 修 第 {n} 盏", "城建") for n in range(25)] + [
        (f"公交 车站 线路 {n} 路", "交通") for n in range(25)
    ]
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (tokens VARCHAR, label_l1 VARCHAR)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", labelled)
        connection.execute(f"COPY t TO '{folder / plan.classifier.file}' (FORMAT parquet)")
