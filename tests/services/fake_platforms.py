"""Chat platforms on this machine that answer as the real ones do, errors included, and a real SMTP server."""

import json
import threading
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.notifier.platforms import dingtalk, feishu

TOKEN = "0123456789"  # noqa: S105 - a robot of ours
SECRET = "SEC-of-the-robot"  # noqa: S105 - as above
_GARBAGE = b"<html>502 from some proxy</html>"


@dataclass
class Platforms:
    """All three platforms under one address. ``next`` answers stand in a queue per robot; then all is well."""

    port: int = 0
    said: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    attempts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    next: dict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    always: dict[str, str] = field(default_factory=dict)
    released: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Event = field(default_factory=threading.Event)

    def url(self, robot: str) -> str:
        kind = robot.partition("-")[0]
        token = {"dingtalk": f"?access_token={TOKEN}", "wecom": f"?key={TOKEN}", "feishu": f"/{TOKEN}"}[kind]
        return f"http://127.0.0.1:{self.port}/{robot}{token}"


def _dingtalk(query: dict[str, list[str]], body: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    if query.get("access_token") != [TOKEN]:
        return {"errcode": 300001, "errmsg": "token is not exist"}, None
    if query.get("sign") != [dingtalk.sign(query.get("timestamp", [""])[0], SECRET)]:
        return {"errcode": 310000, "errmsg": "sign not match"}, None
    if body.get("msgtype") != "text":
        return {"errcode": 400105, "errmsg": "unsupported msgtype"}, None
    return {"errcode": 0, "errmsg": "ok"}, body["text"]["content"]


def _wecom(query: dict[str, list[str]], body: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    if query.get("key") != [TOKEN]:
        return {"errcode": 93000, "errmsg": "invalid webhook url"}, None
    if len(body["text"]["content"].encode()) > 2048:
        return {"errcode": 40058, "errmsg": "content exceed max length"}, None
    return {"errcode": 0, "errmsg": "ok"}, body["text"]["content"]


def _feishu(path: str, body: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    if not path.endswith(TOKEN):
        return {"code": 19001, "msg": "param invalid: incoming webhook access token invalid", "data": {}}, None
    if body.get("sign") != feishu.sign(body.get("timestamp", ""), SECRET):
        return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}, None
    return {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}, body["content"][
        "text"
    ]


_LIMITS = {
    "dingtalk": {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"},
    "wecom": {"errcode": 45009, "errmsg": "api freq out of limit"},
    "feishu": {"code": 11232, "msg": "frequency limited"},
}


def _handler(platforms: Platforms) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - a mood per line
    class Robot(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            url = urlsplit(self.path)
            robot = url.path.split("/")[1]
            kind = robot.partition("-")[0]
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            platforms.attempts[robot] += 1
            mood = platforms.next[robot].popleft() if platforms.next[robot] else platforms.always.get(robot, "well")
            answer, said = {
                "dingtalk": lambda: _dingtalk(parse_qs(url.query), body),
                "wecom": lambda: _wecom(parse_qs(url.query), body),
                "feishu": lambda: _feishu(url.path, body),
            }[kind]()
            match mood:
                case "well" | "hang":
                    if said is not None:
                        platforms.said[robot].append(said)
                    platforms.arrived.set()
                    if mood == "hang":
                        platforms.released.wait(120)
                    self._answer(200, json.dumps(answer).encode())
                case "limit":
                    self._answer(200, json.dumps(_LIMITS[kind]).encode())
                case "500":
                    self._answer(500, _GARBAGE)
                case "garbage":
                    self._answer(200, _GARBAGE)
                case "redirect":
                    self.send_response(302)
                    self.send_header("Location", f"http://127.0.0.1:{platforms.port}/dingtalk-inside")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                case _:
                    refusal = {"code": int(mood), "msg": "no"} if kind == "feishu" else {"errcode": int(mood)}
                    self._answer(200, json.dumps(refusal).encode())

        def _answer(self, status: int, content: bytes) -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                pass  # whoever asked has gone

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            return

    return Robot


@contextmanager
def platforms_at_work() -> Iterator[Platforms]:
    platforms = Platforms()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(platforms))
    server.daemon_threads = True
    platforms.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield platforms
    finally:
        platforms.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


class Mailboxes:
    """A mail server that keeps what it takes; ``refusing`` says what it answers to certain mailboxes."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, Message]] = []
        self.refusing: dict[str, str] = {}
        self.answers: deque[str] = deque()

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refusing:
            return self.refusing[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.answers:
            return self.answers.popleft()
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails += [(to, message_from_bytes(content)) for to in envelope.rcpt_tos]
        return "250 2.0.0 queued as 42"


@contextmanager
def mail_server(port: int) -> Iterator[Mailboxes]:
    mailboxes = Mailboxes()
    controller = Controller(mailboxes, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mailboxes
    finally:
        controller.stop()
