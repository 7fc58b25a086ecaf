"""The table."""

from collections import Counter

from .campaign import Round
from .findings import Finding, Promise

COLUMNS = [Promise.LOST, Promise.DOUBLED, Promise.REORDERED, Promise.LEAKED, Promise.OTHER]


def table(rounds: list[Round], last: list[Finding]) -> str:
    heads = ["kind", "times", "acknowledged", *(promise.value for promise in COLUMNS), "recovery, worst"]
    rows = [heads]
    kinds = sorted({this.kind for this in rounds})
    for kind in kinds:
        rows.append(_row(kind, [this for this in rounds if this.kind == kind], []))
    rows.append(_row("all", rounds, last))
    widths = [max(len(row[place]) for row in rows) for place in range(len(heads))]
    lines = []
    for row in rows:
        first, *rest = row
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:]))]
        lines.append("| " + " | ".join(cells) + " |")
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def _row(name: str, rounds: list[Round], more: list[Finding]) -> list[str]:
    found = Counter(finding.rule.promise for this in rounds for finding in this.findings)
    found.update(finding.rule.promise for finding in more)
    recoveries = [this.recovery_s for this in rounds if this.recovery_s is not None]
    worst = f"{max(recoveries):.1f} s" if recoveries else "-"
    acknowledged = sum(this.acknowledged for this in rounds)
    return [name, str(len(rounds)), f"{acknowledged:,}", *(str(found[promise]) for promise in COLUMNS), worst]
