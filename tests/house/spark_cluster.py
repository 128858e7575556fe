"""A Spark master and one worker on the loopback of this machine, for as long as a test run needs them."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LIMIT_S = 120


def port_free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """Give the address of the master; both processes are gone afterwards."""
    import pyspark

    home = Path(pyspark.__file__).parent
    environment = {
        **os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_WORKER_DIR": str(folder / "work"),
        "SPARK_LOCAL_DIRS": str(folder / "local"), "SPARK_DAEMON_MEMORY": "256m",
    }  # fmt: skip
    port, pages, worker_pages = port_free(), port_free(), port_free()
    address = f"spark://127.0.0.1:{port}"
    commands = (
        ["org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port),
         "--webui-port", str(pages)],
        ["org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--webui-port", str(worker_pages),
         "--cores", "2", "--memory", "1g", address],
    )  # fmt: skip
    running = []
    try:
        for number, command in enumerate(commands):
            with (folder / f"spark-{number}.log").open("w") as log:
                running.append(
                    subprocess.Popen([str(home / "bin/spark-class"), *command], env=environment, stdout=log, stderr=log)
                )
            _wait(port if number == 0 else worker_pages)
        yield address
    finally:
        for one in reversed(running):
            one.terminate()
        for one in running:
            one.wait(timeout=30)


def _wait(port: int) -> None:
    until = time.monotonic() + LIMIT_S
    while not _listens(port):
        if time.monotonic() > until:
            raise TimeoutError(f"nothing listens on port {port} after {LIMIT_S} s")
        time.sleep(0.2)
