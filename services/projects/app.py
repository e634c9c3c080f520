"""The projects service: decides the life cycle. `uvicorn services.projects.app:app`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog
from argon2 import PasswordHasher
from fastapi import FastAPI
from prometheus_client import Gauge
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import ASGIApp, Receive, Scope, Send

from services.projects.accounts import Accounts
from services.projects.api import evidence, founding, making_exports, roster
from services.projects.api.routers import ROUTERS
from services.projects.contacts import addresses_of
from services.projects.files import Files, tidied
from services.projects.handing_over import FOLLOWS
from services.projects.keys import ERASED_FILE, SealingKeys
from services.projects.names import Names
from services.projects.parts import Parts
from services.projects.projections.projects import projects_in
from services.projects.projections.suspicions import SUSPICIONS
from services.projects.reactions import reactions
from services.projects.schema import SCHEMA
from services.projects.timers import timed
from shared import metrics, traces, witnessing
from shared.announcer import STREAM, Announcer
from shared.auth import Signer, Verifier, load_or_make_key
from shared.bus import Bus
from shared.clock import ExampleClock, clock_of
from shared.domain import PersonId
from shared.envelope import Recorded
from shared.following import LEDGER as GROUP_LEDGER
from shared.following import Following
from shared.health import health as health_of
from shared.ledger import Ledgers
from shared.limits import Limits
from shared.logs import configure
from shared.operating import add_operating
from shared.organisation import Organisation
from shared.passing import Unavailable
from shared.reading import Runner, running
from shared.settings import Settings, load
from shared.signing import signing
from shared.sources import FeedSource, LocalSource
from shared.starting import databases, refuse_wrong_clock
from shared.web import create_app
from shared.writer import Writer

log = structlog.get_logger()

SERVICE = "projects"
KEY_FILE = "signing-key.pem"
EXAMPLE_TIME = b"denggao-at"
EVIDENCE_BYTES = Gauge("denggao_evidence_bytes", "Bytes of all evidence files")
STREAM_BYTES = Gauge("denggao_nats_stream_bytes", "Bytes of the stream EVENTS on the disk of NATS")
# Everybody is told the example's password; the first sign-in after it hashes it in earnest.
QUICK = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)


def create(settings: Settings) -> FastAPI:
    """The application for these settings; its parts begin with its lifespan."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        configure(SERVICE, settings.log_level)
        traces.configure(SERVICE, settings.otlp_endpoint)
        refuse_wrong_clock(settings)
        async with AsyncExitStack() as stack:
            truth, views = await stack.enter_async_context(databases(settings))
            app.state.parts = await _begin(app, settings, truth, views, stack)
            yield

    async def health() -> dict[str, Any]:
        parts: Parts = app.state.parts
        return await health_of(
            _databases(parts),
            {
                "projects": parts.runner_projects,
                "suspicions": parts.runner_suspicions,
                "reactions": app.state.reacting,
            },
            parts.ledgers,
            ok=not (parts.organisation.outdated or parts.following.forked),
            nats="connected" if parts.bus.connected else "away",
            organisation=parts.organisation.position,
            signing={"refused": app.state.signing.refused},
        )

    async def measure() -> None:
        parts: Parts = app.state.parts
        runners = (parts.runner_projects, parts.runner_suspicions, app.state.reacting)
        await metrics.measure(health, _databases(parts), runners, settings.data_dir, parts.ledgers)
        with suppress(Unavailable, SQLAlchemyError, OSError):  # away: another metric says so
            EVIDENCE_BYTES.set(await parts.files.bytes_kept())
            STREAM_BYTES.set(await parts.bus.stream_bytes(STREAM))
        await app.state.signing.measure()

    app = create_app(
        SERVICE,
        routers=[*ROUTERS, witnessing.router],
        health=health,
        lifespan=lifespan,
        streamed={evidence.UPLOADS: settings.file_megabytes_at_most, **roster.STREAMED},
        measure=measure,
        limits=Limits.of(settings),
    )
    add_operating(
        app,
        lambda: (app.state.parts.runner_projects, app.state.parts.runner_suspicions, app.state.reacting),
        lambda: app.state.signing,
    )
    if settings.clock == "example":
        app.add_middleware(ExampleTime)
    return app


def _databases(parts: Parts) -> dict[str, AsyncEngine]:
    return {"truth": parts.ledgers.engine, "views": parts.views}


async def _begin(
    app: FastAPI, settings: Settings, truth: AsyncEngine, views: AsyncEngine, stack: AsyncExitStack
) -> Parts:
    clock = clock_of(settings)
    ledgers = Ledgers(truth, SERVICE, SCHEMA)
    bus = Bus(settings.nats_url, SERVICE, settings.nats_nkey_seed_file)
    announcer = Announcer(bus, ledgers, clock)
    source = LocalSource(ledgers, clock)
    keys = SealingKeys(truth, settings.signed / ERASED_FILE)
    if again := await keys.erase_again():
        log.warning("keys.erased_again", persons=again)
    names, organisation = Names(keys), Organisation()
    following = Following(source, organisation, names.learn)

    def committed(recorded: Sequence[Recorded], previous: bytes, leaves: Sequence[bytes]) -> None:
        source.committed(recorded, previous, leaves)
        announcer.committed(recorded, previous, leaves)

    view = projects_in(settings.time_zone)
    signer = Signer(load_or_make_key(settings.directory / KEY_FILE), settings.public_url)
    parts = Parts(
        settings=settings,
        clock=clock,
        ledgers=ledgers,
        writer=Writer(ledgers, clock, refresh=following.catch_up, committed=committed),
        organisation=organisation,
        accounts=Accounts(truth, QUICK if settings.clock == "example" else None),
        keys=keys,
        files=Files(settings, truth, clock),
        bus=bus,
        views=views,
        runner_projects=Runner(view, views, [source], beside_writer=True),
        runner_suspicions=Runner(SUSPICIONS, views, [source], beside_writer=True),
        following=following,
        signer=signer,
        names=names.of,
    )
    app.state.organisation = organisation
    app.state.verifier = Verifier(signer.jwks(), settings.public_url)
    founding.founding_code(settings.directory)
    app.state.signing = await stack.enter_async_context(signing(ledgers, settings))
    await bus.connect()
    stack.push_async_callback(bus.close)
    await bus.serve("keys.projects", SERVICE, _answers(lambda _asked: signer.jwks()))
    await bus.serve("names.projects", SERVICE, _answers(lambda asked: _names(names, asked)))

    async def addresses(payload: bytes) -> bytes:
        asked = msgspec.json.decode(payload, type=list[PersonId])
        return msgspec.json.encode(await addresses_of(ledgers, keys, asked, organisation.position))

    await bus.serve("contacts.projects", SERVICE, addresses)
    replicas = FeedSource(bus, SERVICE)
    replicas.attach(following)
    await replicas.hear(GROUP_LEDGER)  # at once who was signed out at another
    await following.catch_up()
    await following.start()
    stack.push_async_callback(following.close)
    await announcer.start()
    stack.push_async_callback(announcer.close)
    reacting = Runner(reactions(parts, FOLLOWS, view), views, [source], beside_writer=True)
    app.state.reacting = reacting
    await stack.enter_async_context(running(parts.runner_projects, parts.runner_suspicions, reacting))
    await stack.enter_async_context(tidied(parts.files, clock))
    app.state.parts = parts
    await stack.enter_async_context(making_exports.made(app))
    if settings.clock == "system":  # the example lives its year in minutes, and is caught up afterwards
        await stack.enter_async_context(timed(parts))
    await stack.enter_async_context(metrics.loop_watched())
    stack.push_async_callback(parts.writer.close)
    return parts


def _names(names: Names, asked: Any) -> dict[str, str]:
    return {person: name for person in asked if (name := names.of(PersonId(person))) is not None}


def _answers(answer: Any) -> Any:
    async def answered(payload: bytes) -> bytes:
        return msgspec.json.encode(answer(msgspec.json.decode(payload) if payload else None))

    return answered


class ExampleTime:
    """Lets a request of the example say when it happens: header `Denggao-At`, RFC 3339, never backwards."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Move the clock on before the request is handled."""
        if scope["type"] == "http":
            told = dict(scope["headers"]).get(EXAMPLE_TIME)
            clock = scope["app"].state.parts.clock
            assert isinstance(clock, ExampleClock)
            if told is not None:
                at = datetime.fromisoformat(told.decode("ascii")).astimezone(UTC)
                if at > clock.now():
                    clock.set(at)
        await self.app(scope, receive, send)


app = create(load(SERVICE))
