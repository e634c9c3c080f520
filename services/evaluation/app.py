"""The evaluation service: scores, fixed at closing. `uvicorn services.evaluation.app:app`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from services.evaluation.api.making_what_ifs import jobs_of, make_next
from services.evaluation.api.routers import ROUTERS
from services.evaluation.appraisal.adjusting import AdjustingAppraisals
from services.evaluation.deciders import DECIDERS
from services.evaluation.parts import Parts
from services.evaluation.projections import scores_in
from services.evaluation.reactions import FixingMarks, FixingScores, again_and_again
from services.evaluation.review.keys import ReviewKeys
from services.evaluation.review.streams import Streams
from services.evaluation.review.telling import SUBJECT, telling
from services.evaluation.review.view import REVIEWS
from services.evaluation.saying_detached import SayingDetached
from shared import metrics, traces, witnessing
from shared.announcer import Announcer
from shared.bus import Bus
from shared.clock import clock_of
from shared.codec import Schema
from shared.decision import Read
from shared.envelope import Recorded
from shared.group_member import member_of_group
from shared.health import health as health_of
from shared.ledger import Ledgers
from shared.limits import Limits
from shared.logs import configure
from shared.making import made
from shared.operating import add_operating
from shared.reading import Runner, running
from shared.settings import Settings, load
from shared.signing import signing
from shared.sources import FeedSource, LocalSource
from shared.starting import databases, refuse_wrong_clock
from shared.web import create_app
from shared.writer import Writer

SERVICE = "evaluation"


def create(settings: Settings) -> FastAPI:
    """The application for these settings; its parts begin with its lifespan."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        configure(SERVICE, settings.log_level)
        traces.configure(SERVICE, settings.otlp_endpoint)
        refuse_wrong_clock(settings)
        async with AsyncExitStack() as stack:
            app.state.parts = await _begin(app, settings, stack)
            yield

    async def health() -> dict[str, Any]:
        parts: Parts = app.state.parts
        views = {"scores": parts.scores, "reviews": parts.reviews}
        more = {"signing": {"refused": app.state.signing.refused}} | parts.group.health()
        return await health_of(_databases(parts), views, parts.ledgers, **more)

    async def measure() -> None:
        parts: Parts = app.state.parts
        await metrics.measure(
            health, _databases(parts), [parts.scores, parts.reviews], settings.data_dir, parts.ledgers
        )
        await app.state.signing.measure()

    app = create_app(
        SERVICE,
        routers=[*ROUTERS, witnessing.router],
        health=health,
        lifespan=lifespan,
        measure=measure,
        limits=Limits.of(settings),
    )
    add_operating(app, lambda: (app.state.parts.scores, app.state.parts.reviews), lambda: app.state.signing)
    return app


def _databases(parts: Parts) -> dict[str, AsyncEngine]:
    return {"truth": parts.ledgers.engine, "views": parts.views}


async def _begin(app: FastAPI, settings: Settings, stack: AsyncExitStack) -> Parts:
    truth, views = await stack.enter_async_context(databases(settings))
    clock = clock_of(settings)
    bus = Bus(settings.nats_url, SERVICE, settings.nats_nkey_seed_file)
    await bus.connect()
    stack.push_async_callback(bus.close)
    ledgers = Ledgers(
        truth, SERVICE, Schema(tuple(event for decider in DECIDERS for event in decider.events))
    )
    app.state.signing = await stack.enter_async_context(signing(ledgers, settings))
    announcer, own, projects = (
        Announcer(bus, ledgers, clock),
        LocalSource(ledgers, clock),
        FeedSource(bus, "projects"),
    )
    await projects.start()
    group = await stack.enter_async_context(member_of_group(app, bus, projects, settings.public_url))

    def committed(recorded: Sequence[Recorded], previous: bytes, leaves: Sequence[bytes]) -> None:
        own.committed(recorded, previous, leaves)
        announcer.committed(recorded, previous, leaves)

    async def as_known() -> Read:
        organisation = group.organisation
        reached = {"projects/group": organisation.position} if organisation.position else {}
        return Read(reached, organisation.recorded_at_micros)

    writer = Writer(ledgers, clock, refresh=as_known, committed=committed)
    view = scores_in(settings.time_zone)
    runner = Runner(view, views, [projects, own])
    reviews = Runner(REVIEWS, views, [projects, own])
    await announcer.start()
    stack.push_async_callback(announcer.close)
    await stack.enter_async_context(running(runner, reviews))
    await stack.enter_async_context(metrics.loop_watched())
    stack.push_async_callback(writer.close)
    keys, streams = ReviewKeys(truth), Streams(ledgers)
    parts = Parts(settings, clock, ledgers, views, runner, group, writer, reviews, keys, streams, projects)
    scores = FixingScores(views, view, writer, settings.time_zone)
    marks = FixingMarks(views, writer, settings.time_zone)
    works = (
        scores.fix_closed,
        marks.fix_confirmed,
        marks.follow_awards,
        SayingDetached(views, writer).say_detached,
        AdjustingAppraisals(parts).adjust_changed,
    )
    for work in works:
        stack.push_async_callback(_stopped, asyncio.create_task(again_and_again(work), name=work.__name__))
    await stack.enter_async_context(made(partial(make_next, parts), jobs_of(parts)))
    await bus.serve(SUBJECT, SERVICE, telling(streams, keys))
    await group.known()
    return parts


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


app = create(load(SERVICE))
