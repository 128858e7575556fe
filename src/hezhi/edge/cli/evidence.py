"""``hezhi evidence``: hand out what proves a case, and the heads by which later tampering is found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hezhi.edge.cli import ready
from hezhi.edge.cli.asked import By, asker

app = typer.Typer(help="Evidence: export a case with its proofs, keep signed heads elsewhere.", no_args_is_help=True)


@app.command()
def export(
    to: Annotated[Path, typer.Option("--to", help="Empty or new folder to write into.")],
    case: Annotated[str, typer.Argument(help="Number or id of the case.")] = "",
    is_any: Annotated[bool, typer.Option("--any", help="Take the newest closed case with a finished paper.")] = False,
    by: By = "",
) -> None:
    """Write a case's acts, papers, proofs and verify.py into a folder; anybody can check it offline.

    The folder holds what the case holds, unmasked papers too: hand it only to people who may read the case.
    The export is itself an act of the ledger.
    """
    if bool(case) == is_any:
        raise typer.BadParameter("give either a case or --any")
    ready.django_ready()
    from hezhi.edge import evidence
    from hezhi.edge.now import now

    with ready.database_up():
        who = asker(by)
        found = evidence.case_any(by=who, at=now()) if is_any else evidence.case_find(wanted=case, by=who)
        made = evidence.evidence_export(case_id=found.id, folder=to, by=who, at=now())
    typer.echo(f"case {made.number}: {made.acts} acts, {made.files} files under seal {made.seal}, in {to}")
    if not made.is_stamped:
        typer.echo("without a timestamp: no authority is set (HEZHI_TIMESTAMP_URL), or it gave no answer")
    typer.echo(f"check it: python {to / 'verify.py'}")


@app.command()
def head(to: Annotated[Path, typer.Option("--to", help="File to write.")]) -> None:
    """Write the newest signed head into a file; kept elsewhere, it finds any later tampering.

    `python scripts/verify_ledger.py EXPORT --head FILE` compares an exported ledger with it.
    """
    ready.django_ready()
    from hezhi.edge.evidence import head_write

    with ready.database_up():
        number = head_write(path=to)
    typer.echo(f"seal {number} written to {to}")
