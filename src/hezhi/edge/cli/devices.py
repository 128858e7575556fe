"""``hezhi devices``: devices that watch places and things; and the process that listens to them."""

from __future__ import annotations

from typing import Annotated

import typer

from hezhi.edge.cli import ready
from hezhi.edge.cli.asked import By, asker

app = typer.Typer(help="Devices that watch places and things: smoke, water, gates, weighbridges.", no_args_is_help=True)
Code = Annotated[str, typer.Argument(help="Code of the device.")]


@app.command()
def register(
    code: Code,
    name: Annotated[str, typer.Option(help="What pages call it.")],
    kind: Annotated[str, typer.Option(help="One of the closed list, e.g. smoke, infrared, gate.")],
    record: Annotated[str, typer.Option(help="<pack>/<record> that its messages become.")],
    region: Annotated[str, typer.Option(help="Code of the region it stands in.")],
    spot: Annotated[str, typer.Option(help="Where exactly; alerts about it are grouped by this.")],
    agency: Annotated[str, typer.Option(help="Code of the agency that owns it and is told when it falls silent.")],
    unit: Annotated[str, typer.Option(help="In which it speaks; none for devices that say yes or no.")] = "",
    every: Annotated[int, typer.Option(help="Seconds between two signs of life.")] = 600,
    most: Annotated[int, typer.Option(help="Messages of one minute that become records.")] = 30,
    also: Annotated[list[str] | None, typer.Option(help="field=value of the record that is always the same.")] = None,
    by: By = "",
) -> None:
    """Register a device; print the key that signs its messages, which is shown only now."""
    ready.django_ready()
    from hezhi.edge.now import now
    from hezhi.services.devices import api as devices
    from hezhi.services.devices.contracts import DeviceDraft
    from hezhi.spine.people import api as people

    pack_id, _, shape = record.partition("/")
    more = dict(one.partition("=")[::2] for one in also or ())
    with ready.database_up():
        owner = people.agency_by_code(agency).id
        draft = DeviceDraft(code, name, kind, unit, pack_id, shape, region, spot, owner, every, most, more)
        _, key = devices.device_register(draft=draft, by=asker(by), at=now())
        typer.echo(key)


@app.command("list")
def list_(
    text: Annotated[str, typer.Argument(help="Part of a code, name or spot; none: all that are in service.")] = "",
) -> None:
    """List devices with when each was last heard."""
    ready.django_ready()
    from hezhi.services.devices import api as devices

    with ready.database_up():
        cursor, actor = "", asker("")
        while True:
            found = devices.device_page(by=actor, text=text, cursor=cursor, size=200)
            for one in found:
                state = "retired" if one.retired_at else "silent" if one.silence else "in service"
                typer.echo(f"{one.code}  {one.draft.name}  {one.draft.kind}  {state}  heard {_moment(one.heard_at)}")
            cursor = found.next_cursor
            if not cursor:
                break


@app.command()
def silent() -> None:
    """List the devices that are not heard from, since when, and who took note."""
    ready.django_ready()
    from hezhi.services.devices import api as devices

    with ready.database_up():
        silences = devices.silences_page(by=asker(""))
        typer.echo("" if silences else "all devices are heard from", nl=not silences)
        for one in silences:
            seen = f"{one.seen_by}: {one.note}" if one.seen_at else "nobody has taken note"
            typer.echo(f"{one.device_code}  {one.device_name}  {one.spot}  since {_moment(one.since_at)}  {seen}")


@app.command()
def quarantine(by: By = "") -> None:
    """List messages that could not be used, with the reason and how many there were."""
    ready.django_ready()
    from hezhi.services.devices import api as devices

    with ready.database_up():
        for one in devices.quarantine_page(by=asker(by)):
            typer.echo(f"{one.code or '(many names)'}  {one.rule}  {one.count}  {_moment(one.last_at)}  {one.en}")


@app.command()
def listen() -> None:
    """Listen to the broker of HEZHI_MQTT_URL until stopped; `hezhi up` starts this where there is one."""
    ready.django_ready()
    from hezhi.edge.devices.listening import listen as listen_on

    options = ready.options()
    if not options.mqtt_url:
        raise typer.BadParameter("set HEZHI_MQTT_URL to the broker's address")
    listen_on(options)


def _moment(at: object) -> str:
    from datetime import datetime

    from hezhi.kit.moments import CITY_ZONE

    return f"{at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}" if isinstance(at, datetime) else "never"
