"""`sidewatch baseline`: make and keep reference distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.baseline_build import accept, build
from monitor.cli.baseline_options import By, Note, change_of
from monitor.cli.options import AsJson
from monitor.cli.output import console, lines_to, print_json
from monitor.cli.where import Where, on_store
from monitor.settings import SettingsError

if TYPE_CHECKING:
    from detectors.baseline import Baseline
    from monitor.store.base import BaselineRecord, Store

FOUND = 1

app = typer.Typer(no_args_is_help=True, help="Build, compare, promote and keep baselines.")
app.command()(build)
app.command()(accept)

_Name = Annotated[str, typer.Argument(help="A name in the store, or NAME@VERSION.")]
_Either = Annotated[str, typer.Argument(help="A file, or a name in the store.")]
_Model = Annotated[str, typer.Option(help="Only for this model.")]


@app.command("list")
@on_store
def list_baselines(
    where: Where,
    as_json: AsJson = False,
) -> None:
    """List the stored baselines, the newest first."""
    from monitor.cli.baseline_view import baseline_table

    records = where.use(lambda s: s.baselines())
    if as_json:
        print_json(records)
    else:
        console().print(baseline_table(records))


@app.command()
@on_store
def show(
    where: Where,
    name: _Either,
    as_json: AsJson = False,
) -> None:
    """Describe a baseline: what it was made from, its size, thresholds and channels."""
    from monitor.cli.baseline_view import print_baseline

    told = _read((name,), where)[0].describe()
    if as_json:
        print_json(told)
    else:
        print_baseline(console(), told)


@app.command()
@on_store
def diff(
    where: Where,
    a: _Either,
    b: _Either,
    as_json: AsJson = False,
) -> None:
    """Compare two baselines; exit code 1 if something moved beyond chance."""
    from detectors.comparison.compare import compare
    from monitor.cli.baseline_view import print_comparison

    found = compare(*_read((a, b), where))
    if as_json:
        print_json(found)
    else:
        print_comparison(console(), found)
    if found.moved:
        raise typer.Exit(FOUND)


@app.command()
@on_store
def promote(
    where: Where,
    name: Annotated[str | None, typer.Argument(help="A name in the store.")] = None,
    model: _Model = "",
    route: Annotated[
        str, typer.Option(help="Only for this route, watched besides the whole.")
    ] = "",
    tenant: Annotated[str, typer.Option(help="Only for this tenant, likewise.")] = "",
    undo: Annotated[
        bool, typer.Option("--undo", help="Go back to what was promoted before.")
    ] = False,
    by: By = None,
    note: Note = "",
) -> None:
    """Make a stored baseline the active one: what is normal from now on."""
    from monitor.baselines import promoting
    from monitor.baselines.traffic import Traffic

    if (name is None) != undo:
        raise SettingsError("give either the NAME of a baseline or --undo")
    change, traffic = change_of(by, note), Traffic(model, route, tenant)

    async def make(opened: Store) -> BaselineRecord | None:
        if name is None:
            return await promoting.undo(opened, traffic=traffic, change=change)
        return await promoting.promote(opened, name, traffic=traffic, change=change)

    record = where.use(make)
    if record is None:
        typer.echo(f"{traffic} is watched as part of the whole only")
    else:
        typer.echo(f"{record.name} is the active baseline of {traffic}")


@app.command()
@on_store
def export(
    where: Where,
    name: _Name,
    out: Annotated[str, typer.Option(help="The file; - for standard output.")],
) -> None:
    """Write a stored baseline to a file, which `import` takes elsewhere."""
    from monitor.baselines.keeping import fetch, unversioned

    record, baseline = where.use(lambda s: fetch(s, name))
    with lines_to(out) as target:
        target.write(unversioned(baseline).to_bytes())
    typer.echo(f"{record.name}, {record.digest}", err=True)


@app.command("import")
@on_store
def import_baseline(
    where: Where,
    file: Annotated[str, typer.Argument(help="A file that `build` or `export` wrote.")],
    name: Annotated[str, typer.Option(help="Keep it under this name instead of its own.")] = "",
    model: Annotated[str, typer.Option(help="The model whose traffic it is.")] = "",
    by: By = None,
    note: Note = "",
) -> None:
    """Put a file's baseline into the store; its checksum is verified."""
    from dataclasses import replace

    from monitor.baselines import promoting
    from monitor.baselines.keeping import keep
    from monitor.cli.baselines import BaselineNotFoundError, from_file

    found = from_file(file)
    if found is None:
        raise BaselineNotFoundError(f"{file}: there is no such file")
    named = replace(found, name=name or found.name)

    async def put(opened: Store) -> BaselineRecord:
        record = await keep(opened, named, model=model or named.origin.model)
        await promoting.log_kept(opened, record, change_of(by, note))
        return record

    record = where.use(put)
    typer.echo(f"{record.name}, {record.digest}")


@app.command()
@on_store
def delete(
    where: Where,
    name: _Name,
    by: By = None,
    note: Note = "",
) -> None:
    """Remove a stored baseline that is not in use."""
    from monitor.baselines import promoting

    change = change_of(by, note)
    record = where.use(lambda s: promoting.delete(s, name, change=change))
    typer.echo(f"{record.name} is deleted")


@app.command()
@on_store
def history(
    where: Where,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Tell who promoted, kept or deleted which baseline, the latest first."""
    from monitor.cli.baseline_view import audit_table

    entries = where.use(lambda s: s.audit(limit=limit))
    ours = [entry for entry in entries if entry.action.startswith("baseline.")]
    if as_json:
        print_json(ours)
    else:
        console().print(audit_table(ours))


def _read(names: tuple[str, ...], where: Where) -> list[Baseline]:
    """Baselines of files or of the store, which is opened once, and only if it is needed."""
    from monitor.baselines.keeping import fetch
    from monitor.cli.baselines import from_file

    of_files = [from_file(name) for name in names]

    async def read(opened: Store) -> list[Baseline]:
        return [
            found or (await fetch(opened, name))[1]
            for name, found in zip(names, of_files, strict=True)
        ]

    known = [found for found in of_files if found is not None]
    return known if len(known) == len(names) else where.use(read)
