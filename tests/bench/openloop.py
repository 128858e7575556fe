"""Asks an HTTP server at a fixed rate whether or not it keeps up, as the people at many counters do.

Each request has its moment on the clock, and its time runs from that moment: a server that stalls is late for all
that come due meanwhile. How late the requests themselves were sent is told too; it is this client's own error, or
the lack of a free connection.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """``took_ms`` from the moment a request was due to its whole answer; ``late_ms`` to when it was sent."""

    took_ms: list[float]
    late_ms: list[float]
    statuses: dict[int, int]


def ask_at_rate(port: int, request: Callable[[int], bytes], *, per_s: int, seconds: float, connections: int) -> Asked:
    """Send ``request(0)``, ``request(1)``, … over kept connections, one every ``1 / per_s`` seconds."""
    return asyncio.run(_ask(port, request, per_s, round(per_s * seconds), connections))


async def _ask(port: int, request: Callable[[int], bytes], per_s: int, count: int, connections: int) -> Asked:
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(connections):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    told = Asked([0.0] * count, [0.0] * count, {})
    begin = time.perf_counter() + 0.1

    async def one(number: int, due: float) -> None:
        reader, writer = await free.get()
        told.late_ms[number] = (time.perf_counter() - due) * 1000
        writer.write(request(number))
        status = await _answer(reader)
        told.took_ms[number] = (time.perf_counter() - due) * 1000
        told.statuses[status] = told.statuses.get(status, 0) + 1
        free.put_nowait((reader, writer))

    async with asyncio.TaskGroup() as group:
        for number in range(count):
            due = begin + number / per_s
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(one(number, due))
    while not free.empty():
        free.get_nowait()[1].close()
    return told


async def _answer(reader: asyncio.StreamReader) -> int:
    """Read one answer whole and return its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    lengths = [line.partition(":")[2] for line in head if line.lower().startswith("content-length:")]
    await reader.readexactly(int(lengths[0]))
    return int(head[0].split()[1])
