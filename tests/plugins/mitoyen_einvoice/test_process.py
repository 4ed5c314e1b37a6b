"""The process of the official rules: it may die, hang or say nothing, and an invoice is never taken as proved."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from einvoices import KINDS
from mitoyen.diagnostics import UsageError
from mitoyen_einvoice import official, process
from mitoyen_einvoice.document import parsed
from mitoyen_einvoice.fields import fields
from mitoyen_einvoice.process import Unanswered, Validator
from mitoyen_einvoice.syntax import write

XML = "<a><b/></a>"
HEAD = '<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
FIRED = '<svrl:schematron-output xmlns:svrl="http://purl.oclc.org/dsdl/svrl"><svrl:fired-rule/></svrl:schematron-output>'
SILENT = FIRED.replace("<svrl:fired-rule/>", "")


def sheet(folder: Path, body: str) -> Path:
    path = folder / "rules.xslt"
    path.write_text(f'{HEAD}<xsl:template match="/">{body}</xsl:template></xsl:stylesheet>', encoding="utf-8")
    return path


@pytest.fixture
def validator() -> Validator:
    return Validator()


def test_what_fired_is_counted(validator: Validator, tmp_path: Path) -> None:
    [outcome] = validator.apply([sheet(tmp_path, FIRED)], XML)
    assert (outcome.fired, outcome.failures) == (1, ())
    validator.close()


def test_rules_that_looked_at_nothing_prove_nothing(validator: Validator, tmp_path: Path) -> None:
    with pytest.raises(Unanswered, match=r"not one rule of rules\.xslt fired"):
        validator.apply([sheet(tmp_path, SILENT)], XML)
    validator.close()


def test_a_sheet_that_cannot_be_compiled(validator: Validator, tmp_path: Path) -> None:
    with pytest.raises(Unanswered, match="could not be applied"):
        validator.apply([sheet(tmp_path, "<xsl:no-such/>")], XML)
    assert validator.apply([sheet(tmp_path, FIRED)], XML), "the process is still of use"
    validator.close()


def test_no_rule_asks_the_network(validator: Validator, tmp_path: Path) -> None:
    asks = "<xsl:copy-of select=\"document('http://localhost:9/list.xml')\"/>"
    with pytest.raises(Unanswered, match="could not be applied"):
        validator.apply([sheet(tmp_path, FIRED.replace("<svrl:fired-rule/>", asks))], XML)
    validator.close()


def test_a_killed_process_is_replaced(validator: Validator, tmp_path: Path) -> None:
    rules = [sheet(tmp_path, FIRED)]
    validator.apply(rules, XML)
    first = validator._process
    assert first
    first.kill()
    first.wait()
    assert validator.apply(rules, XML)[0].fired == 1
    assert validator._process is not first
    validator.close()


def test_one_that_dies_each_time_is_told(
    validator: Validator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying() -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "encoding": "utf-8"}
        return subprocess.Popen([sys.executable, "-c", "import sys; sys.exit(7)"], **pipes)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(process, "_start", dying)
    with pytest.raises(Unanswered, match="died twice: exit 7"):
        validator.apply([sheet(tmp_path, FIRED)], XML)


def test_one_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    endless = (
        '<xsl:value-of select="count((for $a in 1 to 999999, $b in 1 to 999999 return $a * $b)[. mod 7 = 3])"/>'
    )
    validator = Validator(limit=0.5)
    with pytest.raises(Unanswered, match=r"longer than 0\.5 seconds"):
        validator.apply([sheet(tmp_path, endless)], XML)
    assert validator._process is None


def test_an_invoice_that_could_not_be_proved_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    class Mute:
        def apply(self, *_given: object) -> None:
            raise Unanswered("the process of the official rules died twice: exit 7")

    monkeypatch.setattr(official, "running", Mute)
    source = parsed(write(fields(KINDS["business"], {}), "cii"), "invoice.xml")
    with pytest.raises(UsageError, match="died twice: exit 7; run it again"):
        official.check(source)


PARENT = """
import os, pathlib, sys
from mitoyen_einvoice.process import Validator
one = Validator()
one.apply([pathlib.Path(sys.argv[1])], "<a/>")
print(one._process.pid, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_it_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    line = [sys.executable, "-c", PARENT, str(sheet(tmp_path, FIRED))]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    orphan = Path("/proc") / done.stdout.strip()
    assert done.stdout.strip(), done.stderr
    for _ in range(100):
        if not orphan.exists() or "zombie" in (orphan / "status").read_text():
            return
        time.sleep(0.1)
    raise AssertionError("it outlives its parent")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_has_a_process_of_its_own(tmp_path: Path) -> None:
    rules = [sheet(tmp_path, FIRED)]
    mine = process.running()
    mine.apply(rules, XML)
    child = os.fork()
    if not child:
        answered = process.running() is not mine and process.running().apply(rules, XML)[0].fired == 1
        process.running().close()
        os._exit(0 if answered else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert mine.apply(rules, XML)[0].fired == 1
