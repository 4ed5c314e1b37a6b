"""The site shown to a browser of this machine, and to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from threading import Thread

import pytest

from mitoyen_report.folder import LIST
from mitoyen_report.render import POLICY
from mitoyen_report.serve import server


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Served:
    host: str
    port: int

    def get(self, path: str, host: str | None = None, method: str = "GET") -> Answer:
        connection = HTTPConnection(self.host, self.port, timeout=5)
        connection.putrequest(method, path, skip_host=True)
        if host != "":
            connection.putheader("Host", host or f"{self.host}:{self.port}")
        connection.endheaders()
        reply = connection.getresponse()
        found = Answer(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
        connection.close()
        return found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "index.html").write_text("<p>federation</p>")
    (folder / "bas" / "chiffres").mkdir(parents=True)
    (folder / "bas" / "index.html").write_text("<p>bas</p>")
    (folder / "bas" / "chiffres" / "mois.csv").write_text("a;b\n")
    (folder / LIST).write_text("{}")
    (folder.parent / "secret.html").write_text("<p>secret</p>")
    with server(folder, 0) as running:
        thread = Thread(target=running.serve_forever, daemon=True)
        thread.start()
        host, port = running.server_address[:2]
        yield Served(str(host), int(port))
        running.shutdown()
        thread.join()


def test_pages_are_served(served: Served) -> None:
    assert served.get("/").body == b"<p>federation</p>"
    assert served.get("/bas/").body == b"<p>bas</p>"
    assert served.get("/bas/chiffres/mois.csv?x=1").status == 200
    assert served.get("/", method="HEAD").status == 200


def test_to_this_machine_alone(served: Served) -> None:
    assert served.host == "127.0.0.1"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_to_nobody_who_calls_it_by_another_name(served: Served, method: str) -> None:
    """A page elsewhere whose name was made to lead here would read what the board alone may."""
    for host in (
        "evil.example",
        f"evil.example:{served.port}",
        "127.0.0.1.evil.example:80",
        "",
        "evil@127.0.0.1x:1",
    ):
        answer = served.get("/", host, method)
        assert answer.status == 404, host
        assert b"federation" not in answer.body
    for host in (f"localhost:{served.port}", f"127.0.0.1:{served.port}"):
        assert served.get("/", host, method).status == 200


def test_no_folder_is_listed(served: Served) -> None:
    answer = served.get("/bas/chiffres/")
    assert answer.status == 404
    assert b"mois.csv" not in answer.body


@pytest.mark.parametrize(
    "path",
    [
        f"/{LIST}",
        f"/{LIST}?x",
        f"/{LIST}#x",
        f"//{LIST}",
        f"/./{LIST}",
        f"/bas/../{LIST}",
        f"/%2e{LIST[1:]}",
        f"/{LIST.replace('m', '%6D')}",
        f"/{LIST}/",
    ],
)
def test_our_list_is_not_served(served: Served, path: str) -> None:
    for method in ("GET", "HEAD"):
        answer = served.get(path, method=method)
        assert answer.status == 404
        assert answer.body != b"{}"


@pytest.mark.parametrize(
    "path", ["/../secret.html", "/%2e%2e/secret.html", "/bas/../../secret.html", "/..%2fsecret.html"]
)
def test_nothing_outside_is_served(served: Served, path: str) -> None:
    answer = served.get(path)
    assert answer.status == 404
    assert b"secret" not in answer.body


def test_nothing_but_reading(served: Served) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        assert served.get("/", method=method).status == 501


def test_what_every_answer_says(served: Served) -> None:
    for path in ("/", "/bas/chiffres/mois.csv", "/nothing"):
        headers = served.get(path).headers
        assert headers["content-security-policy"] == f"{POLICY}; frame-ancestors 'none'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in POLICY
    assert "unsafe" not in POLICY
