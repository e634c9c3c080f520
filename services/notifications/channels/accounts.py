"""From a company's row to a channel that sends: its settings unsealed, and kept open while they stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notifications.channels import Channel, Kind, dingtalk, feishu, guarded, mail, robot, wecom
from services.notifications.channels.addresses import Reach
from services.notifications.channels.application import Application
from services.notifications.channels.mail import Mail
from services.notifications.channels.robot import Robot
from services.notifications.channels.settings import KEPT, ChannelSettings, FeishuSettings
from services.notifications.channels.webhook import Webhook
from services.notifications.tables import channel_keys
from shared.clock import Clock
from shared.domain import NotAsItStands, Refusal
from shared.engines import begin, insert
from shared.problems import FieldsWrong
from shared.sealing import CannotUnseal, new_key, seal, unseal
from shared.settings import Settings

Make = Callable[[Any], Channel]  # from the settings of its kind

NOTHING: Mapping[Kind, Make] = MappingProxyType({})


def channels_of(installed: Settings, clock: Clock) -> Mapping[Kind, Make]:
    """How a channel of each kind is made from its settings; what it may reach says the installation."""
    networks, authorities = installed.networks, installed.channel_authorities
    client = partial(guarded.client, allowed=networks, authorities=authorities)
    notices_url, reach = f"{installed.public_url}/me/notices", Reach(networks)
    return {
        "mail": lambda settings: Mail(
            msgspec.convert(settings.account(), mail.MailSettings), notices_url, clock, reach
        ),
        "wecom": lambda settings: Application(
            wecom.WeCom(msgspec.convert(settings.account(), wecom.Settings)), client()
        ),
        "dingtalk": lambda settings: Application(
            dingtalk.DingTalk(msgspec.convert(settings.account(), dingtalk.Settings)), client()
        ),
        "feishu": lambda settings: Application(
            feishu.Feishu(msgspec.convert(settings.account() | _known_by(settings), feishu.Settings)),
            client(),
        ),
        "robot": lambda settings: Robot(msgspec.convert(settings.account(), robot.Settings), client(), clock),
        "webhook": lambda settings: Webhook(settings.signing(), client(), clock),
    }


def _known_by(settings: FeishuSettings) -> dict[str, str]:
    """Feishu is told of which kind an address is."""
    return {"receive_id_type": "email" if settings.user_id_from == "mail" else "user_id"}


class SettingsSealedOtherwise(Refusal):
    """The secrets of this channel cannot be opened with the key that is here.

    Enter them again, or have operations restore the backup that belongs to this database."""


class ChannelNotInstalled(NotAsItStands):
    """This installation cannot send by this channel.

    Choose another channel, or have operations install a release that has it."""


@dataclass(frozen=True, slots=True)
class Account:
    """A company's channel as it is set up, open."""

    settings: ChannelSettings
    channel: Channel


class Accounts:
    """All that this process has opened; a changed row is opened anew."""

    def __init__(self, engine: AsyncEngine, makes: Mapping[Kind, Make] = NOTHING) -> None:
        self._engine = engine
        self._makes = makes
        self._open: dict[tuple[str, Kind], tuple[str, Account]] = {}

    async def of(self, row: Row[Any]) -> Account:
        """The account of a row of `channels`; SettingsSealedOtherwise, ChannelNotInstalled."""
        key = (row.company, row.channel)
        if (known := self._open.get(key)) and known[0] == row.settings:
            return known[1]
        if (make := self._makes.get(row.channel)) is None:
            raise ChannelNotInstalled()
        settings = await self.opened(row)
        if known := self._open.pop(key, None):
            await known[1].channel.close()
        account = Account(settings, make(settings))
        self._open[key] = (row.settings, account)
        return account

    async def refuse_unusable(self, kind: Kind, settings: ChannelSettings) -> None:
        """FieldsWrong where no channel can be made from settings that are right one by one."""
        if make := self._makes.get(kind):
            try:
                await make(settings).close()
            except (ValueError, msgspec.ValidationError) as error:
                raise FieldsWrong(fields=["settings"]) from error

    async def opened(self, row: Row[Any]) -> ChannelSettings:
        """The settings of a row with their secrets; SettingsSealedOtherwise."""
        kind, said = KEPT[row.channel], msgspec.json.decode(row.settings)
        key = await self._key(row.company)
        try:
            said |= {
                name: unseal(key, _field(row.channel, name), said[name])
                for name in kind.secrets & said.keys()
            }
        except CannotUnseal as error:
            raise SettingsSealedOtherwise() from error
        return kind.model_validate_json(msgspec.json.encode(said))

    async def sealed(self, company: str, channel: Kind, settings: ChannelSettings) -> str:
        """As they are kept: JSON in which secrets are sealed, each bound to its field."""
        key = await self._key(company)
        said = settings.model_dump()
        said |= {name: seal(key, _field(channel, name), said[name]) for name in settings.secrets}
        return msgspec.json.encode(said, order="sorted").decode()

    async def close(self) -> None:
        """Close every channel that is open."""
        for _, account in self._open.values():
            await account.channel.close()
        self._open.clear()

    async def _key(self, company: str) -> bytes:
        """The company's, made where there is none."""
        async with begin(self._engine) as connection:
            fresh = {"company": company, "key": new_key()}
            await connection.execute(insert(channel_keys, connection).on_conflict_do_nothing(), fresh)
            query = select(channel_keys.c.key).where(channel_keys.c.company == company)
            return bytes((await connection.execute(query)).scalar_one())


def _field(channel: str, name: str) -> str:
    return f"{channel}/{name}"
