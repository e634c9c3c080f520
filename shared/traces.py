"""OpenTelemetry spans over HTTP, ledger, NATS and views; off unless DENGGAO_OTLP_ENDPOINT is set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext

from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_traceparent = TraceContextTextMapPropagator()
_on = False


def configure(service: str, endpoint: str | None) -> None:
    """Send spans to an OTLP endpoint over HTTP, e.g. http://localhost:4318; None leaves tracing off."""
    global _on  # noqa: PLW0603 - one process, one exporter
    if endpoint is None or _on:
        return
    # imported only here: the SDK costs every process memory that most installations never use
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"denggao-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{endpoint}/v1/traces")))
    trace.set_tracer_provider(provider)
    _on = True


def span(
    name: str, *, parent: Mapping[str, str] | None = None, **attributes: str | int | bool
) -> AbstractContextManager[None]:
    """A piece of work; `parent` are the headers of the message or request that asked for it."""
    return _span(name, parent, attributes) if _on else nullcontext()


@contextmanager
def _span(
    name: str, parent: Mapping[str, str] | None, attributes: Mapping[str, str | int | bool]
) -> Iterator[None]:
    context = _traceparent.extract(dict(parent)) if parent else None
    with trace.get_tracer("denggao").start_as_current_span(name, context=context, attributes=attributes):
        yield


@contextmanager
def shared_span(name: str, traceparents: Iterable[str], **attributes: str | int | bool) -> Iterator[None]:
    """A piece of work done at once for several requests: a span in the trace of each of them."""
    with ExitStack() as spans:
        if _on:
            for traceparent in sorted(set(traceparents) - {""}):
                spans.enter_context(span(name, parent={"traceparent": traceparent}, **attributes))
        yield


def inject(headers: dict[str, str]) -> dict[str, str]:
    """The same headers with `traceparent` added where a span is open; for HTTP and NATS alike."""
    if _on:
        _traceparent.inject(headers)
    return headers
