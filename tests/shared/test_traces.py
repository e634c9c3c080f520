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

COLLECTED = """
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
"""

ON = (
    COLLECTED
    + """
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
)

TOGETHER = (
    COLLECTED
    + """
from opentelemetry import trace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
asked = [f"00-{c * 32}-{'1' * 16}-01" for c in "abb"]
with traces.shared_span("append", [*asked, ""], events=4):
    pass
trace.get_tracer_provider().shutdown()
(path, body), = received
request = ExportTraceServiceRequest.FromString(body)
for span in request.resource_spans[0].scope_spans[0].spans:
    print(span.name, span.trace_id.hex()[:1], span.parent_span_id.hex()[:1])
"""
)


def run(program: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_unless_configured_nothing_is_added_or_even_loaded() -> None:
    assert run(OFF) == ["{'a': 'b'}", "False"]


def test_a_trace_goes_on_where_its_headers_go_and_is_sent() -> None:
    assert run(ON) == ["True", "True", "/v1/traces True True"]


def test_work_done_at_once_for_several_requests_is_found_in_the_trace_of_each() -> None:
    assert sorted(run(TOGETHER)) == ["append a 1", "append b 1"]
