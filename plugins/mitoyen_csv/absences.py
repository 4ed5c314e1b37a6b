"""What was to be read and is in no file: columns that the options name, meters of the operation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mitoyen.contracts import Finding, Request, Severity
from mitoyen.diagnostics import nearest
from mitoyen.intake import privacy
from mitoyen.intake.curve import Target
from mitoyen_csv.options import Block
from mitoyen_csv.reading import NOT_ASKED, Account


def useless_files(accounts: Sequence[Account]) -> Iterator[Finding]:
    """ACC413 for files of one block that know no meter; an error where no other file knows one either."""
    useless = [account for account in accounts if _useless(account)]
    severity: Severity = "warning" if len(useless) < len(accounts) else "error"
    for account in useless:
        sheet, columns = account.sheet, account.columns
        if columns.layout == "long":
            where = privacy.name(sheet.header[columns.meter])
            message = f"no word of the column {where} is known as a meter of the operation"
            hint = f"say which word is whose in `columns:`; there are {privacy.names(sorted(account.words))}"
        else:
            message = "no column of this file is known as that of a meter of the operation"
            hint = f"say which column is whose in `columns:`; there are {privacy.names(sheet.header)}"
        place = sheet.place(sheet.header_line, max(columns.meter, 0))
        yield Finding("ACC413", message, place, hint, severity)


def _useless(account: Account) -> bool:
    if account.columns.layout == "long":
        return bool(account.words) and not account.curves and NOT_ASKED not in +account.left
    return not account.columns.targets


def absent(request: Request, blocks: Sequence[tuple[Block, Sequence[Account]]]) -> Iterator[Finding]:
    """ACC413 for columns that no file of their block has, ACC418 for meters whose measured curve no file has."""
    wanted = {point.meter: point for point in request.points if point.first < point.last}
    told: set[Target] = set()
    for block, accounts in blocks:
        headers = {name for account in accounts for name in account.sheet.header}
        if not accounts or any(account.columns.layout == "long" for account in accounts):
            continue
        for name, word in block.columns.items():
            target = block.target(word)
            if target.meter in wanted and name.strip() not in headers:
                told.add(target)
                place = request.locate(*block.where, "columns", name)
                yield Finding("ACC413", f"no file has a column {privacy.name(name)}", place, _near(name, headers))
    read = {curve.target for _, accounts in blocks for account in accounts for curve in account.curves}
    unused = {
        word
        for block, accounts in blocks
        for account in accounts
        if not block.coefficient
        for word in (*account.columns.ignored, *account.words)
    }
    if not read and any(_useless(account) for _, accounts in blocks for account in accounts):
        return
    for meter, point in wanted.items():
        if Target(meter, "measured") not in read | told:
            some = sorted(target.kind for target in read if target.meter == meter and target.kind != "coefficient")
            only = f", only {', '.join(some)}" if some else ""
            yield Finding(
                "ACC418", f"no file has the measured curve of {meter}{only}", point.place, _near(meter, unused)
            )


def _near(word: str, words: set[str]) -> str:
    shown = sorted(privacy.bare(name) for name in words if name)
    near = nearest(word, shown)
    if near.startswith("did you mean") or not shown:
        return near
    return "not used so far: " + privacy.names(shown)
