"""What somebody wishes of messages: channels, hours, language; duties are told all the same."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import time
from typing import Literal, get_args

from services.notifications.domain.rules import Rules
from shared.domain import Refusal

OwnChannel = Literal["wecom", "dingtalk", "feishu", "mail"]  # the first there is, for who wishes nothing
OWN_CHANNELS: tuple[OwnChannel, ...] = get_args(OwnChannel)
OF_THE_COMPANY = "webhook"  # a receiver of its own, told what its people are told; nobody's to choose

EARLIEST_EVENING, LATEST_EVENING = time(18), time(22)
EARLIEST_MORNING, LATEST_MORNING = time(6), time(10)


class OnlyReadingMayBeMuted(Refusal):
    """Duties cannot be muted: {rules} are duties, or are not there.

    Mute only what is to be read; the list of what can be muted shows it."""


class QuietHoursOutOfBounds(Refusal):
    """Quiet hours begin between 18:00 and 22:00 and end between 06:00 and 10:00.

    Choose hours within these bounds; urgent matters are told at any hour."""


class SummaryInQuietHours(Refusal):
    """The summary would come in the quiet hours.

    Choose an hour of the summary outside of them."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """Of one person; the values are those of who never said any.

    `channels`: None for the first there is, empty for none, so that only duties are told outside. What is
    only to read and would be in a summary stays in the inbox alone where `summary` is none. `weekday` is of
    a weekly summary; Monday is 0.
    """

    channels: tuple[OwnChannel, ...] | None = None
    summary: Literal["none", "daily", "weekly"] = "daily"
    summary_at: time = time(17)
    weekday: int = 4
    language: Literal["zh-CN", "en"] = "zh-CN"
    muted: tuple[str, ...] = ()  # ids of rules
    quiet_from: time = time(19)
    quiet_to: time = time(8)


DEFAULT = Wishes()


def refuse_unsound(wishes: Wishes, rules: Rules) -> None:
    """Say no to wishes that cannot be followed."""
    may_be = {rule.id for rule in rules.rules if rule.kind == "read"}
    if duties := [rule for rule in wishes.muted if rule not in may_be]:
        raise OnlyReadingMayBeMuted(rules=sorted(duties))
    evening = EARLIEST_EVENING <= wishes.quiet_from <= LATEST_EVENING
    if not evening or not EARLIEST_MORNING <= wishes.quiet_to <= LATEST_MORNING:
        raise QuietHoursOutOfBounds()
    if not wishes.quiet_to <= wishes.summary_at < wishes.quiet_from:
        raise SummaryInQuietHours()


def channels_for(offered: Collection[str], wishes: Wishes, *, duty: bool) -> tuple[str, ...]:
    """By which of the channels that a company has somebody is told; by one at least of what is a duty."""
    there = [channel for channel in OWN_CHANNELS if channel in offered]
    chosen = [channel for channel in there if channel in (wishes.channels or ())]
    if not chosen and (duty or wishes.channels != ()):
        chosen = there[:1]
    also = (OF_THE_COMPANY,) if OF_THE_COMPANY in offered else ()
    return (*chosen, *also)
