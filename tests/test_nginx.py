"""docs/nginx.conf: who is sent where, what is moved and what is logged."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from live import free_port
from proxy import NGINX, running_proxy

pytestmark = pytest.mark.skipif(not NGINX, reason="nginx is not installed")


class Server:
    """Answers with its name and the path that it was asked for."""

    def __init__(self, name: str, port: int) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = f"{name} {self.path} {self.headers['Host']}".encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Site:
    def __init__(self, folder: Path, ending: ExitStack) -> None:
        self.ports = {"a": free_port(), "b": free_port()}
        self.servers = {name: Server(name, port) for name, port in self.ports.items()}
        self.folder = folder / "nginx"
        self.url = ending.enter_context(running_proxy(self.folder, self.ports))
        ending.callback(lambda: [self.kill(name) for name in list(self.servers)])

    def kill(self, name: str) -> None:
        self.servers.pop(name).close()

    def start(self, name: str) -> None:
        self.servers[name] = Server(name, self.ports[name])

    def somebody(self, server: str = "") -> httpx.Client:
        """With a browser of their own, who was at this server before."""
        cookies = {"replica": server} if server else {}
        return httpx.Client(base_url=self.url, cookies=cookies, trust_env=False)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with ExitStack() as ending:
        yield Site(tmp_path, ending)


def server_of(answer: httpx.Response) -> str:
    return answer.text.split()[0]


def test_who_comes_is_sent_somewhere_and_stays_there(site: Site) -> None:
    found = set()
    for _ in range(30):
        with site.somebody() as visitor:
            first, *later = (server_of(visitor.get("/exam?meeting=m")) for _ in range(3))
            assert later == [first, first]
            found.add(first)
    assert found == {"a", "b"}


def test_the_server_sees_path_query_and_host_as_they_were(site: Site) -> None:
    with site.somebody("b") as visitor:
        host = site.url.removeprefix("http://")
        assert visitor.get("/exam?meeting=m&seat=s").text == f"b /exam?meeting=m&seat=s {host}"


def test_an_unknown_cookie_is_as_good_as_none(site: Site) -> None:
    with site.somebody("b.example.org") as visitor:
        assert server_of(visitor.get("/")) in ("a", "b")


def test_whose_server_is_gone_is_moved_and_stays_where_they_are(site: Site) -> None:
    site.kill("b")
    with site.somebody("b") as visitor:
        moved = visitor.get("/")
        assert server_of(moved) == "a"
        assert "replica=a;" in moved.headers["set-cookie"]
        assert "HttpOnly" in moved.headers["set-cookie"]
    site.start("b")
    with site.somebody("a") as visitor:
        assert server_of(visitor.get("/")) == "a"


def test_a_server_that_came_back_is_used_again(site: Site) -> None:
    site.kill("b")
    with site.somebody("b") as visitor:
        assert server_of(visitor.get("/")) == "a"
    site.start("b")
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with site.somebody("b") as visitor:
            if server_of(visitor.get("/")) == "b":
                return
        time.sleep(0.2)
    raise AssertionError("nginx did not come back to it")


def test_one_server_is_reached_by_name_for_its_api_alone(site: Site) -> None:
    with site.somebody("a") as visitor:
        answer = visitor.get("/replica/b/api/live/1?direct=1")
        assert answer.text.startswith("b /api/live/1?direct=1 ")
        assert "set-cookie" not in answer.headers  # whoever asks stays where they are
        assert server_of(visitor.get("/")) == "a"
        for path in ("b/exam", "b/", "b/api/", "c/api/x", "", "b/api/../exam", "b/api/%2e%2e/exam"):
            assert visitor.get(f"/replica/{path}").status_code == 404, path
        site.kill("b")
        assert visitor.get("/replica/b/api/live/1").status_code == 502


def test_no_log_holds_a_query(site: Site) -> None:
    with site.somebody("b") as visitor:
        visitor.get("/desk?meeting=m&key=very-secret")
        site.kill("b")
        visitor.get("/desk?meeting=m&key=very-secret", headers={"referer": "/?key=very-secret"})
        visitor.get("/replica/b/api/live/1?key=very-secret")
    deadline = time.monotonic() + 10
    while (site.folder / "openproctor.log").read_text().count("/desk") < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    logs = "".join(path.read_text() for path in site.folder.glob("*.log"))
    assert "very-secret" not in logs
