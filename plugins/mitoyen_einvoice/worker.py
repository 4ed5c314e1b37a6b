"""The process that runs the official rules: ``python -m mitoyen_einvoice.worker``, requests in, outcomes out.

One JSON object a line: ``{"sheets": [absolute paths], "xml": text}`` is answered by ``{"outcomes": [...]}``, or by
``{"error": words}``. Sheets are compiled once. It ends with its input, or with its parent, whichever is first.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Any

SVRL = "{http://purl.oclc.org/dsdl/svrl}"

FEATURES = {
    # The lists of codes beside a sheet are read when it is compiled, not again for each invoice: twice as fast.
    "preEvaluateDocFunction": "true",
    # No rule asks the network, and none may.
    "allowedProtocols": "file",
}


def main() -> None:
    threading.Thread(target=_follow, args=(os.getppid(),), daemon=True).start()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what Saxon prints is no answer
    apply = _saxon()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer: dict[str, Any] = {"outcomes": [apply(sheet, request["xml"]) for sheet in request["sheets"]]}
        except Exception as error:  # whatever Saxon raises
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _saxon() -> Callable[[str, str], dict[str, Any]]:
    """A function that applies a sheet to an XML text."""
    from saxonche import PySaxonProcessor

    processor = PySaxonProcessor(license=False)
    for feature, value in FEATURES.items():
        processor.set_configuration_property(f"http://saxon.sf.net/feature/{feature}", value)

    @cache
    def compiled(sheet: str) -> Any:
        return processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=sheet)

    def apply(sheet: str, xml: str) -> dict[str, Any]:
        report = compiled(sheet).transform_to_string(xdm_node=processor.parse_xml(xml_text=xml))
        return _outcome(report or "")

    return apply


def _outcome(report: str) -> dict[str, Any]:
    """How many rules fired, and each that failed: a report in SVRL, in plain values."""
    from lxml import etree

    root = etree.fromstring(report.encode())
    failed = [
        {
            "id": one.get("id") or "",
            "flag": one.get("flag") or "fatal",
            "location": one.get("location") or "",
            "text": " ".join("".join(one.find(f"{SVRL}text").itertext()).split()),
        }
        for one in root.iter(f"{SVRL}failed-assert")
    ]
    return {"fired": sum(1 for _ in root.iter(f"{SVRL}fired-rule")), "failed": failed}


def _follow(parent: int) -> None:
    """A parent that was killed closes nothing where another process holds the pipe too."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    main()
