"""A local web server that gives a record and its archive like Zenodo, and misbehaves as it is told."""

import contextlib
import hashlib
import json
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from types import SimpleNamespace

import numpy as np

NAME = "Video_Speech_Actor_01.zip"


def make_archive() -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("Actor_01/01-01-03-01-01-01-01.mp4", np.random.default_rng(0).bytes(300_000))
    return buffer.getvalue()


@contextlib.contextmanager
def serve_record():
    """Serve a record and its archive; the fields of the yielded state change how."""
    state = SimpleNamespace(content=make_archive(), ranges=True, break_after=None, failures=0, requests=[])
    state.checksum = "md5:" + hashlib.md5(state.content).hexdigest()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            state.requests.append((self.path, self.headers.get("Range")))
            if self.path == "/record":
                links = {"self": f"{state.url}/{NAME}"}
                one = {"key": NAME, "size": len(state.content), "checksum": state.checksum, "links": links}
                return self.reply(200, json.dumps({"files": [one]}).encode())
            if self.path != f"/{NAME}":
                return self.reply(404, b"")
            if state.failures:
                state.failures -= 1
                return self.reply(503, b"")
            start = int(self.headers["Range"][6:-1]) if state.ranges and self.headers.get("Range") else 0
            return self.reply(206 if start else 200, state.content[start:])

        def reply(self, code, body):
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if state.break_after is not None and self.path == f"/{NAME}":
                body, state.break_after = body[: state.break_after], None
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield state
    http.shutdown()
    thread.join()
