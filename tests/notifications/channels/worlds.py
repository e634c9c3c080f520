"""Each channel of chat with a provider on the other side, over a real HTTPS connection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from services.notifications.channels import Channel, Message, dingtalk, feishu, guarded, robot, wecom
from services.notifications.channels.application import Application, Provider
from services.notifications.channels.guarded import Limits
from tests.notifications.channels.fakes import dingtalk as its_dingtalk
from tests.notifications.channels.fakes import feishu as its_feishu
from tests.notifications.channels.fakes import robots
from tests.notifications.channels.fakes import wecom as its_wecom
from tests.notifications.channels.fakes.provider import Fake
from tests.support.certificates import Authority
from tests.support.clocks import SetClock
from tests.support.https_server import HttpsServer, https_server

NOW = datetime(2026, 9, 1, 1, 30, tzinfo=UTC)
APPLICATIONS = ("wecom", "dingtalk", "feishu")
ROBOTS = ("robot of wecom", "robot of dingtalk", "robot of feishu")
DUTY = Message(
    id="0b2f6d1e-6a0c-5d35-9b1c-0a6f2f2b9d11",
    to="zhangsan",
    title="待办:项目审批",
    lines=("岸电改造党员突击队", "请于9月8日前办理"),
    link="https://denggao.example/projects/7f3e",
    language="zh-CN",
)
NOTICE = replace(DUTY, to="", title="公示:获奖项目", lines=("2026年度获奖项目公示",))


@dataclass(frozen=True)
class World:
    """A channel, its provider, and the server that the provider is."""

    channel: Channel
    fake: Fake
    server: HttpsServer
    clock: SetClock
    message: Message  # one that it takes
    secrets: tuple[str, ...]  # what it must not repeat
    limited_seconds: float  # how long it waits where it was limited


def provider(name: str, base: str) -> Provider:
    """The account that the fakes know."""
    match name:
        case "wecom":
            made = wecom.Settings(
                corp_id=its_wecom.CORP, agent_id=its_wecom.AGENT, secret=its_wecom.SECRET, base_url=base
            )
            return wecom.WeCom(made)
        case "dingtalk":
            return dingtalk.DingTalk(
                dingtalk.Settings(
                    app_key=its_dingtalk.KEY,
                    app_secret=its_dingtalk.SECRET,
                    agent_id=its_dingtalk.AGENT,
                    base_url=base,
                )
            )
    return feishu.Feishu(feishu.Settings(app_id=its_feishu.APP, app_secret=its_feishu.SECRET, base_url=base))


def robot_settings(name: str, base: str) -> robot.Settings:
    """The robot that the fakes know."""
    match name:
        case "robot of wecom":
            return robot.Settings(provider="wecom", url=f"{base}/cgi-bin/webhook/send?key={robots.KEY}")
        case "robot of dingtalk":
            url = f"{base}/robot/send?access_token={robots.KEY}"
            return robot.Settings(provider="dingtalk", url=url, secret=robots.SECRET)
    url = f"{base}/open-apis/bot/v2/hook/{robots.KEY}"
    return robot.Settings(provider="feishu", url=url, secret=robots.SECRET)


FAKES: dict[str, Callable[[SetClock], Fake]] = {
    "wecom": its_wecom.FakeWeCom,
    "dingtalk": its_dingtalk.FakeDingTalk,
    "feishu": its_feishu.FakeFeishu,
    "robot of wecom": robots.WeComRobot,
    "robot of dingtalk": robots.DingTalkRobot,
    "robot of feishu": robots.FeishuRobot,
}


@asynccontextmanager
async def world(name: str, authority: Authority, seconds: float = 5) -> AsyncIterator[World]:
    """The channel of that name; a request of its client takes so many `seconds` at most."""
    clock = SetClock(NOW)
    async with https_server(authority.serves("localhost")) as server:
        client = guarded.client(
            allowed=["127.0.0.1/32"],
            ports={server.port},
            authorities=authority.pem,
            limits=Limits(seconds=seconds),
            resolve=_here,
        )
        fake = FAKES[name](clock)
        server.answer = fake
        base = server.url("")
        channel: Channel
        if name in ROBOTS:
            channel = robot.Robot(robot_settings(name, base), client, clock)
            secrets = (robots.KEY, *filter(None, [robot_settings(name, base).secret]))
        else:
            channel = Application(provider(name, base), client, lambda: clock.now().timestamp())
            secrets = (*provider(name, base).secrets(), "token-0-zq7", DUTY.to)
        message = NOTICE if name in ROBOTS else DUTY
        limited = 600.0 if name in ROBOTS else 52.0 if name == "feishu" else 60.0
        yield World(channel, fake, server, clock, message, secrets, limited)
        await channel.close()


async def _here(_host: str, _port: int) -> Iterable[str]:
    return ["127.0.0.1"]
