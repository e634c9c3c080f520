"""A collector of OpenTelemetry spans: takes what the services send over OTLP/HTTP, and remembers it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Span:
    """One span: which service, which trace, what it is called."""

    service: str
    trace: str
    name: str


class Collector:
    """Listens on a free port of this machine until closed."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        remember = self.spans.extend

        class Taking(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = ExportTraceServiceRequest()
                request.ParseFromString(self.rfile.read(int(self.headers["Content-Length"])))
                remember(_spans(request))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def of(self, trace: str) -> set[tuple[str, str]]:
        """Service and name of every span of a trace."""
        return {(span.service, span.name) for span in self.spans if span.trace == trace}

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _spans(request: ExportTraceServiceRequest) -> list[Span]:
    found = []
    for resource in request.resource_spans:
        names = {a.key: a.value.string_value for a in resource.resource.attributes}
        for scope in resource.scope_spans:
            found += [Span(names["service.name"], s.trace_id.hex(), s.name) for s in scope.spans]
    return found
