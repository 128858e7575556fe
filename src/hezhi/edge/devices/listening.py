"""The listener: one thread that takes messages from the broker, has them committed, and only then acknowledges them.

WHY one thread with the client's loop inside: an acknowledgement names a packet of the present connection. With the
client's own thread a connection could change between commit and acknowledgement, and another packet would be
acknowledged that nobody has kept.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote, urlsplit

from django.db import InterfaceError, OperationalError, close_old_connections
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from hezhi.edge.now import now
from hezhi.kit.errors import HezhiError
from hezhi.project.options import Options
from hezhi.services.devices import api as devices
from hezhi.services.devices.contracts import Incoming

BATCH = 200  # messages of one transaction
PATIENCE = 0.2  # seconds the line may be quiet before what came is taken
KEEPALIVE = 30
KEPT_SECONDS = 0xFFFFFFFF  # for ever: the broker keeps the session of a listener that is away
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)
CLIENT = "hezhi-listener"
PARTS = {"message": False, "heartbeat": True}
logger = logging.getLogger(__name__)
Take = Callable[[list[Incoming], datetime], object]


class BrokerRefused(HezhiError):
    """The broker does not let this listener in; look at user, password and its list of rights."""

    code = "broker_refused"


@dataclass(frozen=True)
class Broker:
    """Where the broker is and how it is entered."""

    host: str
    port: int
    is_tls: bool
    user: str
    password: str
    ca: str
    topic: str


def broker_of(options: Options) -> Broker:
    """Return the broker of the settings."""
    parts = urlsplit(options.mqtt_url)
    is_tls = parts.scheme == "mqtts"
    port = parts.port or (8883 if is_tls else 1883)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    topic = options.mqtt_topic.strip("/")
    return Broker(parts.hostname or "127.0.0.1", port, is_tls, user, password, options.mqtt_ca, topic)


def incoming_of(topic: str, payload: bytes) -> Incoming:
    """Return what a packet says: signature, a line feed, and the signed bytes.

    Example:
        >>> incoming_of("hezhi/devices/smoke-1/heartbeat", b"ab12\\n{}")
        Incoming(code='smoke-1', sign='ab12', is_heartbeat=True)
    """
    *_, code, part = topic.split("/")
    sign, _, body = payload.partition(b"\n")
    return Incoming(code, body, sign[:128].decode(errors="replace"), PARTS.get(part, False))


class Listener:
    """Takes packets, has them committed together, acknowledges each. Nothing is kept here that matters."""

    def __init__(self, broker: Broker, take: Take) -> None:
        self.broker = broker
        self._take = take
        self._waiting: list[MQTTMessage] = []
        self._stopping = False
        self._refusal = ""
        self.client = Client(CallbackAPIVersion.VERSION2, client_id=CLIENT, protocol=5, manual_ack=True)
        if broker.user:
            self.client.username_pw_set(broker.user, broker.password)
        if broker.is_tls:
            self.client.tls_set(ca_certs=broker.ca or None)
        self.client.on_connect = self._connected
        self.client.on_message = lambda _client, _data, message: self._waiting.append(message)

    def stop(self, *_: object) -> None:
        """Have `run` return as soon as what is being taken is committed and acknowledged."""
        self._stopping = True

    def run(self) -> None:
        """Listen until told to stop. A broker or a database that is away is waited for.

        Raises:
            BrokerRefused: the broker is there and lets this listener not in.
        """
        pauses = _pauses()
        while not self._stopping:
            try:
                self._connect()
                pauses = _pauses()
                self._listen()
            except OSError as problem:
                logger.warning("the broker cannot be reached: %s", type(problem).__name__)
            self._waiting.clear()  # none of these is acknowledged: the broker sends them again
            if self._refusal:
                raise BrokerRefused(said=self._refusal)
            self._wait(next(pauses))
        with contextlib.suppress(OSError):
            self.client.disconnect()

    def _connect(self) -> None:
        lasting = Properties(PacketTypes.CONNECT)
        lasting.SessionExpiryInterval, lasting.ReceiveMaximum = KEPT_SECONDS, BATCH
        self.client.connect(
            self.broker.host, self.broker.port, keepalive=KEEPALIVE, clean_start=False, properties=lasting
        )

    def _connected(
        self, client: Client, _data: object, _flags: object, reason: ReasonCode, _more: Properties | None
    ) -> None:
        if reason.is_failure:
            self._refusal = str(reason) if reason.value in (0x86, 0x87) else ""  # password, or no right
            logger.warning("the broker answers: %s", reason)
            return
        options = SubscribeOptions(qos=1)
        client.subscribe([(f"{self.broker.topic}/+/{part}", options) for part in PARTS])
        logger.info("listening to %s:%s", self.broker.host, self.broker.port)

    def _listen(self) -> None:
        """Take what comes until the connection ends, or until told to stop."""
        while not self._stopping or self._waiting:
            before = len(self._waiting)
            if self.client.loop(0.0 if before else PATIENCE) != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return
            if self._waiting and (len(self._waiting) == before or len(self._waiting) >= BATCH or self._stopping):
                self._commit()

    def _commit(self) -> None:
        """Have everything that waits committed, then acknowledge it; while the database is away, wait for it."""
        batch = self._waiting[:BATCH]
        incoming = [incoming_of(one.topic, one.payload) for one in batch]
        pauses = _pauses()
        while not self._taken(incoming):
            self._wait(next(pauses))
            if self._stopping:
                self._waiting.clear()
                return
        for one in batch:
            self.client.ack(one.mid, one.qos)
        del self._waiting[: len(batch)]

    def _taken(self, incoming: list[Incoming]) -> bool:
        close_old_connections()
        try:
            self._take(incoming, now())
        except (OperationalError, InterfaceError) as problem:
            logger.warning("the database cannot be reached: %s", type(problem).__name__)
            return False
        return True

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            time.sleep(0.05)


def _pauses() -> Iterator[float]:
    yield from PAUSES
    while True:
        yield PAUSES[-1]


def take(incoming: list[Incoming], at: datetime) -> None:
    """Have messages taken together; where that fails, each by itself, so that one holds up no other."""
    if len(incoming) > 1:
        try:
            devices.messages_take(messages=incoming, at=at)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("%s messages could not be taken together; each is tried by itself", len(incoming))
        else:
            return
    for one in incoming:
        _take_alone(one, at)


def _take_alone(one: Incoming, at: datetime) -> None:
    try:
        devices.messages_take(messages=[one], at=at)
    except (OperationalError, InterfaceError):
        raise
    except Exception as problem:  # a mistake of ours: kept for whoever mends it, and not in the way of the others
        logger.exception("a message of %s could not be taken", one.code)
        devices.message_set_aside(message=one, cause=type(problem).__name__, at=at)


def listen(options: Options) -> None:
    """Listen to the broker of the settings until SIGINT or SIGTERM.

    Raises:
        BrokerRefused.
    """
    listener = Listener(broker_of(options), take)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, listener.stop)
    listener.run()
