"""Traces: nothing unless configured; then one trace from request to request."""

from __future__ import annotations

import subprocess
import sys

OFF = """
import sys
from shared import traces
traces.configure("projects", None)
with traces.span("work", position=7):
    print(traces.inject({"a": "b"}))
print("opentelemetry.sdk" in sys.modules)
"""

ON = """
import http.server, threading
from shared import traces

received = []
class Collector(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        received.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_): pass

collector = http.server.HTTPServer(("127.0.0.1", 0), Collector)
threading.Thread(target=collector.serve_forever, daemon=True).start()
traces.configure("projects", f"http://127.0.0.1:{collector.server_port}")
with traces.span("asked"):
    headers = traces.inject({})
with traces.span("answered", parent=headers, position=7):
    onward = traces.inject({})
print(headers["traceparent"].split("-")[1] == onward["traceparent"].split("-")[1])
print(headers["traceparent"] != onward["traceparent"])
from opentelemetry import trace
trace.get_tracer_provider().shutdown()
(path, body), = received
print(path, b"denggao-projects" in body, b"answered" in body)
"""


def run(program: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_unless_configured_nothing_is_added_or_even_loaded() -> None:
    assert run(OFF) == ["{'a': 'b'}", "False"]


def test_a_trace_goes_on_where_its_headers_go_and_is_sent() -> None:
    assert run(ON) == ["True", "True", "/v1/traces True True"]
