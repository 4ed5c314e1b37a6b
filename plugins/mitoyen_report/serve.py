"""The site shown to a browser of this machine, while working on it."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click

from mitoyen_report.folder import LIST
from mitoyen_report.render import POLICY

LOOPBACK = "127.0.0.1"


class _Handler(SimpleHTTPRequestHandler):
    """Files of the folder; to whoever calls this machine by a name of its own, and to nobody else.

    A page elsewhere that names itself and resolves to this machine would else read it.
    """

    def do_GET(self) -> None:
        if self._known():
            super().do_GET()

    def do_HEAD(self) -> None:
        if self._known():
            super().do_HEAD()

    def _known(self) -> bool:
        name = (self.headers.get("Host") or "").rpartition(":")[0]
        # As it is looked up: there are many ways to write a path.
        if name not in (LOOPBACK, "localhost") or Path(self.translate_path(self.path)).name == LIST:
            self.send_error(404)
            return False
        return True

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", f"{POLICY}; frame-ancestors 'none'")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def list_directory(self, path: Any) -> None:  # noqa: ARG002
        self.send_error(404)

    def log_message(self, *_: Any) -> None:
        """Nothing: who looks at what is nobody's business."""


def server(folder: Path, port: int) -> ThreadingHTTPServer:
    """Bound, and not served yet; port 0 is one that is free."""
    return ThreadingHTTPServer((LOOPBACK, port), partial(_Handler, directory=str(folder)))


def serve(folder: Path, port: int) -> None:
    """Until Ctrl-C."""
    with server(folder, port) as running:
        click.echo(f"http://{LOOPBACK}:{running.server_address[1]}/ (Ctrl-C ends it)")
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            click.echo()
