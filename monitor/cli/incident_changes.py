"""What people do to incidents: `sidewatch incidents ack`, `assign`, `note`, `link`, `resolve`, `reopen`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.baseline_options import By, change_of
from monitor.cli.where import Where, on_store
from monitor.errors import MonitorError

if TYPE_CHECKING:
    from monitor.incidents.incident import Incident
    from monitor.store.base import Store

app = typer.Typer()

IncidentId = Annotated[str, typer.Argument(help="The incident's id.")]
_NOTE = Annotated[str, typer.Option(help="What was found or done; kept with the incident.")]
_OWNER = Annotated[str, typer.Option(help="Who has it.")]


class UnknownIncidentError(MonitorError):
    """There is no such incident."""


@app.command()
@on_store
def ack(
    where: Where,
    incident_id: IncidentId,
    owner: _OWNER = "",
    note: _NOTE = "",
    by: By = None,
) -> None:
    """Say that somebody is on it."""
    _change("acknowledge", incident_id, owner, note, by, where)


@app.command()
@on_store
def assign(
    where: Where,
    incident_id: IncidentId,
    owner: Annotated[str, typer.Argument(help="Who has it from now on.")],
    note: _NOTE = "",
    by: By = None,
) -> None:
    """Give it to somebody; the status stays."""
    _change("assign", incident_id, owner, note, by, where)


@app.command()
@on_store
def note(
    where: Where,
    incident_id: IncidentId,
    text: Annotated[str, typer.Argument(help="What was found or done.")],
    by: By = None,
) -> None:
    """Write down what was found or done; `sidewatch incidents timeline` shows all notes."""
    _change("assign", incident_id, "", text, by, where)


@app.command()
@on_store
def resolve(
    where: Where,
    incident_id: IncidentId,
    owner: _OWNER = "",
    note: _NOTE = "",
    by: By = None,
) -> None:
    """Say that it is over; the next finding of its kind opens a new incident."""
    _change("resolve", incident_id, owner, note, by, where)


@app.command()
@on_store
def reopen(
    where: Where,
    incident_id: IncidentId,
    owner: _OWNER = "",
    note: _NOTE = "",
    by: By = None,
) -> None:
    """Say that it is not over, or that nobody is on it after all."""
    _change("reopen", incident_id, owner, note, by, where)


@app.command()
@on_store
def link(
    where: Where,
    incident_id: IncidentId,
    urls: Annotated[
        list[str] | None, typer.Argument(help="Addresses, such as of a ticket or a dashboard.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take them away.")] = False,
    by: By = None,
) -> None:
    """Keep addresses of what belongs to it, or take them away."""
    from monitor.incidents.links import linked, unlinked

    given = tuple(urls or ())
    changed = unlinked if remove else linked
    transition = partial(changed, urls=given)
    incident = _made(transition, incident_id, "", by, where)
    for url in incident.links:
        typer.echo(url)


def known(incident: Incident | None, incident_id: str) -> Incident:
    """The incident.

    Raises
    ------
    UnknownIncidentError
        There is none.
    """
    if incident is None:
        raise unknown(incident_id)
    return incident


def unknown(incident_id: str) -> UnknownIncidentError:
    """What to say of an id that no incident has."""
    return UnknownIncidentError(
        f"there is no incident {incident_id!r}; `sidewatch incidents list` shows them"
    )


def _change(
    what: str,
    incident_id: str,
    owner: str,
    note: str,
    by: str | None,
    where: Where,
) -> None:
    from monitor.incidents import incident as incidents

    transition = partial(getattr(incidents, what), owner=owner, note=note)
    incident = _made(transition, incident_id, note, by, where)
    typer.echo(f"{incident.id} is {incident.status}")


def _made(
    transition: Callable[..., Incident],
    incident_id: str,
    note: str,
    by: str | None,
    where: Where,
) -> Incident:
    from monitor.incidents.changes import change_by_hand
    from monitor.incidents.events import Signature

    made = change_of(by)

    async def change(opened: Store) -> Incident:
        changed = await change_by_hand(
            opened,
            incident_id,
            partial(transition, at=made.at),
            Signature(made.by, made.at, note),
        )
        return known(changed, incident_id)

    return where.use(change)
