"""The notifications service: the right person's inbox, once. `uvicorn services.notifications.app:app`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Any

from fastapi import FastAPI
from prometheus_client import Gauge
from sqlalchemy.exc import SQLAlchemyError

from services.notifications import sending
from services.notifications.api.routers import ROUTERS
from services.notifications.channels.accounts import Accounts, channels_of
from services.notifications.contacts import ContactsOfProjects
from services.notifications.fanning import fanned
from services.notifications.inbox import waiting_in_all
from services.notifications.jurors import Jurors
from services.notifications.live import Live, living
from services.notifications.making_trials import jobs_of, make_next
from services.notifications.parts import Parts
from services.notifications.planning import Planning
from services.notifications.reactions import obliging
from services.notifications.rulebook import Rulebook
from services.notifications.setting_up import counted
from services.notifications.telling import Desk
from services.notifications.timers import timed
from shared import metrics, traces
from shared.bus import Bus
from shared.clock import clock_of
from shared.group_member import member_of_group
from shared.health import health as health_of
from shared.limits import Limits
from shared.logs import configure
from shared.making import made
from shared.operating import add_operating
from shared.reading import Runner, running
from shared.settings import Settings, load
from shared.sources import FeedSource
from shared.starting import databases, refuse_wrong_clock
from shared.web import create_app

SERVICE = "notifications"
WAITING = Gauge("denggao_obligations_waiting", "Obligations that wait to be done")
OLDEST_SECONDS = Gauge(
    "denggao_obligations_oldest_seconds", "Seconds for which the oldest of them has waited"
)


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
        return await health_of(
            {"truth": parts.truth}, {"obligations": parts.obliging}, **parts.group.health()
        )

    async def measure() -> None:
        parts: Parts = app.state.parts
        await metrics.measure(health, {"truth": parts.truth}, [parts.obliging], settings.data_dir)
        with suppress(SQLAlchemyError, OSError):  # away: another metric says so
            async with parts.truth.connect() as connection:
                waiting, oldest = await waiting_in_all(connection)
                sending.measure(await counted(connection), parts.clock.now())
            WAITING.set(waiting)
            since = oldest or parts.clock.now()
            OLDEST_SECONDS.set(max(0.0, (parts.clock.now() - since).total_seconds()))

    app = create_app(
        SERVICE,
        routers=ROUTERS,
        health=health,
        lifespan=lifespan,
        measure=measure,
        limits=Limits.of(settings),
    )
    add_operating(app, lambda: (app.state.parts.obliging,))
    return app


async def _begin(app: FastAPI, settings: Settings, stack: AsyncExitStack) -> Parts:
    truth, _views = await stack.enter_async_context(databases(settings))
    bus = Bus(settings.nats_url, SERVICE, settings.nats_nkey_seed_file)
    await bus.connect()
    stack.push_async_callback(bus.close)
    projects, evaluation = FeedSource(bus, "projects"), FeedSource(bus, "evaluation")
    await projects.start()
    group = await stack.enter_async_context(member_of_group(app, bus, projects, settings.public_url))
    planning = Planning(Rulebook(), group.organisation, clock_of(settings), settings.time_zone)
    live = await stack.enter_async_context(living(Live(bus, truth, group.organisation)))
    reaction = obliging(planning, group.following.catch_up, live.changed)
    runner = Runner(reaction, truth, [projects, evaluation])  # obligations and their checkpoint in one place
    await stack.enter_async_context(running(runner))
    await stack.enter_async_context(metrics.loop_watched())
    accounts = Accounts(truth, channels_of(settings, planning.clock))
    desk = Desk(ContactsOfProjects(bus), group.organisation, planning.book, settings.public_url)
    if settings.clock == "system":  # nobody outside is told of the example's life
        sender = sending.Sending(truth, accounts, desk, planning, live.changed)
        await stack.enter_async_context(sending.sent(sender, group.following.caught_up))
    await stack.enter_async_context(timed(truth, planning, group.following.caught_up, live.changed))
    await stack.enter_async_context(fanned(truth, planning, group.following.caught_up, live.changed))
    await group.known()
    jurors = Jurors(bus)
    parts = Parts(settings, planning.clock, truth, runner, group, jurors, accounts, planning, live)
    trying = partial(make_next, parts, (projects, evaluation))
    await stack.enter_async_context(made(trying, jobs_of(parts)))
    return parts


app = create(load(SERVICE))
