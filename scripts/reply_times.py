#!/usr/bin/env python3
"""Count the working days from a message to its answer, with nothing but Python.

    python scripts/reply_times.py MESSAGES.jsonl DAYS.csv [--id id] [--asked time] [--answered reply_time] [--json]

MESSAGES.jsonl holds one JSON object a line, with moments as "2019-05-10 14:56:53" in local time.
DAYS.csv lists the days that differ from the weekday rule: columns year, date, name, is_off_day.

The day of the message does not count; the day of the answer counts if people work on it. A message without
a readable moment or answer is "missing", one answered before it came "reversed", one whose days lie before
the first or after the last year of DAYS.csv "outside". Those three are counted and otherwise left out.

Prints a summary, or with --json also the number of every single message. It imports nothing of Hezhi, so
that it can contradict it.
"""

import argparse
import csv
import json
from datetime import date, timedelta

WITHIN = (5, 10, 15)  # working days


def listed_days(path):
    """Return {day: is somebody working} of the listed days, and the first and last year with a listing."""
    with open(path, encoding="utf-8-sig", newline="") as file:  # noqa: PTH123
        rows = list(csv.DictReader(file))
    days = {date.fromisoformat(row["date"]): row["is_off_day"].strip().lower() == "false" for row in rows}
    years = [int(row["year"]) for row in rows]
    return days, min(years), max(years)


def moment_day(text):
    """Return the day of a moment as text, None where there is none."""
    try:
        return date.fromisoformat(str(text).strip()[:10])
    except ValueError:
        return None


def working_days(asked, answered, days):
    """Count the working days after ``asked``, up to and including ``answered``."""
    count, day = 0, asked
    while day < answered:
        day += timedelta(days=1)
        count += days.get(day, day.weekday() < 5)
    return count


def judged(asked, answered, days, first_year, last_year):
    """Return the number of working days, or the word that says why there is none."""
    if asked is None or answered is None:
        return "missing"
    if answered < asked:
        return "reversed"
    if asked.year < first_year or answered.year > last_year:
        return "outside"
    return working_days(asked, answered, days)


def summary(judgements):
    """Return counts, the median and the shares within so many working days."""
    numbers = sorted(one for one in judgements if not isinstance(one, str))
    middle = len(numbers) // 2
    median = None
    if numbers:
        median = numbers[middle] if len(numbers) % 2 else (numbers[middle - 1] + numbers[middle]) / 2
    found = {"count": len(numbers), "median": median}
    for limit in WITHIN:
        found[f"within_{limit}"] = sum(one <= limit for one in numbers) / len(numbers) if numbers else None
    for word in ("missing", "reversed", "outside"):
        found[word] = judgements.count(word)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("messages")
    parser.add_argument("days")
    parser.add_argument("--id", default="id")
    parser.add_argument("--asked", default="time")
    parser.add_argument("--answered", default="reply_time")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    days, first_year, last_year = listed_days(given.days)
    found = {}
    with open(given.messages, encoding="utf-8-sig") as file:  # noqa: PTH123
        for line in file:
            if line.strip():
                row = json.loads(line)
                asked, answered = moment_day(row.get(given.asked)), moment_day(row.get(given.answered))
                found[str(row[given.id])] = judged(asked, answered, days, first_year, last_year)
    told = {"summary": summary(list(found.values()))}
    print(json.dumps({**told, "records": found} if given.json else told))


if __name__ == "__main__":
    main()
