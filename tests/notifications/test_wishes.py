"""What may be wished, and when somebody is told by it (R38)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.planning import AT_MOST_A_DAY, Place, plan
from services.notifications.domain.rules import Rule
from services.notifications.domain.wishes import (
    DEFAULT,
    OnlyReadingMayBeMuted,
    QuietHoursOutOfBounds,
    SummaryInQuietHours,
    Wishes,
    channels_for,
    refuse_unsound,
)
from shared.domain import Refusal
from shared.working_days import CHINESE, is_working_day
from tests.notifications.a_duty import (
    DIGEST,
    DUTY,
    LUANDA,
    MONDAY,
    READ,
    RULES,
    SHANGHAI,
    URGENT,
    WEEKLY,
    moment_at,
)
from tests.projects.test_project_laws import LAW

HERE = Place(SHANGHAI, partial(is_working_day, calendar=CHINESE))
THERE = Place(ZoneInfo(LUANDA.zone), partial(is_working_day, calendar=LUANDA))
FRIDAY = date(2026, 3, 6)
SATURDAY = date(2026, 3, 7)


@pytest.mark.parametrize(
    ("wishes", "refusal"),
    [
        (Wishes(muted=("duty",)), OnlyReadingMayBeMuted),
        (Wishes(muted=("read", "gone")), OnlyReadingMayBeMuted),
        (Wishes(quiet_from=time(17, 59)), QuietHoursOutOfBounds),
        (Wishes(quiet_to=time(10, 1)), QuietHoursOutOfBounds),
        (Wishes(summary_at=time(19)), SummaryInQuietHours),
        (Wishes(summary_at=time(7, 59)), SummaryInQuietHours),
    ],
)
def test_what_cannot_be_followed_is_refused(wishes: Wishes, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        refuse_unsound(wishes, RULES)


def test_what_everybody_gets_can_be_followed() -> None:
    refuse_unsound(DEFAULT, RULES)
    refuse_unsound(Wishes((), "none", time(18), 0, "en", ("read",), time(22), time(6)), RULES)


@pytest.mark.parametrize(
    ("channels", "duty", "by"),
    [
        (None, False, ("wecom",)),
        (("mail",), False, ("mail",)),
        (("mail", "wecom"), True, ("wecom", "mail")),
        (("feishu",), False, ("wecom",)),
        ((), False, ()),
        ((), True, ("wecom",)),
    ],
)
def test_of_a_duty_somebody_is_told_by_one_channel_at_least(
    channels: tuple[str, ...] | None, duty: bool, by: tuple[str, ...]
) -> None:
    wishes = Wishes(channels=channels)  # type: ignore[arg-type] # as they come from JSON
    assert channels_for({"mail", "wecom", "robot"}, wishes, duty=duty) == by
    assert channels_for({"mail", "wecom", "webhook"}, wishes, duty=duty) == (*by, "webhook")
    assert channels_for((), wishes, duty=duty) == ()


def when(rule: Rule, now: datetime, wishes: Wishes = DEFAULT, place: Place = HERE, today: int = 0) -> str:
    planned = plan(rule, wishes, place, now, now, lambda _day: today)
    if planned is None:
        return "not at all"
    return f"{planned.state} {planned.not_before.astimezone(place.zone):%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("rule", "at", "then"),
    [
        (READ, moment_at(MONDAY, 12), "waiting 03-02 12:00"),
        (READ, moment_at(MONDAY, 19), "waiting 03-03 08:00"),
        (READ, moment_at(MONDAY, 7, 59), "waiting 03-02 08:00"),
        (READ, moment_at(FRIDAY, 20), "waiting 03-09 08:00"),
        (READ, moment_at(SATURDAY, 12), "waiting 03-09 08:00"),
        (URGENT, moment_at(SATURDAY, 3), "waiting 03-07 03:00"),
        (DIGEST, moment_at(MONDAY, 16, 59), "bundled 03-02 17:00"),
        (DIGEST, moment_at(MONDAY, 17, 1), "bundled 03-03 17:00"),
        (DIGEST, moment_at(FRIDAY, 18), "bundled 03-09 17:00"),
        (WEEKLY, moment_at(MONDAY, 12), "bundled 03-06 17:00"),
        (WEEKLY, moment_at(FRIDAY, 18), "bundled 03-13 17:00"),
    ],
)
def test_messages_wait_for_working_hours_and_what_may_wait_for_the_summary(
    rule: Rule, at: datetime, then: str
) -> None:
    assert when(rule, at) == then


def test_a_holiday_is_no_day_of_messages() -> None:
    assert when(READ, moment_at(date(2026, 10, 2), 12)) == "waiting 10-08 08:00"


def test_working_hours_are_those_of_where_somebody_is() -> None:
    """R38: in Luanda it is 08:00 when it is 15:00 in China, Friday is off and Sunday is not."""
    assert when(READ, moment_at(MONDAY, 14), place=THERE) == "waiting 03-02 08:00"
    assert when(READ, moment_at(FRIDAY, 18), place=THERE) == "waiting 03-08 08:00"


def test_the_sixth_message_of_a_day_is_a_line_of_the_summary_unless_it_is_urgent() -> None:
    noon = moment_at(MONDAY, 12)
    assert when(READ, noon, today=AT_MOST_A_DAY) == "bundled 03-02 17:00"
    assert when(DUTY, noon, Wishes(summary="none"), today=AT_MOST_A_DAY) == "bundled 03-02 17:00"
    assert when(READ, noon, Wishes(summary="none"), today=AT_MOST_A_DAY) == "not at all"
    assert when(DUTY, noon, Wishes(summary="weekly"), today=AT_MOST_A_DAY) == "bundled 03-02 17:00"
    assert when(READ, noon, Wishes(summary="weekly"), today=AT_MOST_A_DAY) == "bundled 03-06 17:00"
    assert when(URGENT, noon, today=AT_MOST_A_DAY) == "waiting 03-02 12:00"


def test_what_is_muted_stays_in_the_inbox_and_a_duty_does_not() -> None:
    noon, wishes = moment_at(MONDAY, 12), Wishes(muted=("read", "duty"))
    assert when(READ, noon, wishes) == "not at all"
    assert when(DUTY, noon, wishes) == "waiting 03-02 12:00"


def test_what_is_read_long_after_it_happened_is_told_in_the_summary() -> None:
    now = moment_at(MONDAY, 12)
    planned = plan(DUTY, DEFAULT, HERE, now, now - timedelta(days=3), lambda _day: 0)
    assert planned is not None
    assert planned.state == "bundled"


def test_a_calendar_without_working_days_keeps_nobody_waiting_for_ever() -> None:
    assert (
        when(READ, moment_at(MONDAY, 20), place=Place(SHANGHAI, lambda _day: False)) == "waiting 03-03 08:00"
    )


def times(first: int, last: int) -> st.SearchStrategy[time]:
    return st.integers(first * 60, last * 60).map(lambda minutes: time(minutes // 60, minutes % 60))


SOUND = st.builds(
    Wishes,
    summary=st.sampled_from(["none", "daily", "weekly"]),
    summary_at=times(10, 17),
    weekday=st.integers(0, 6),
    quiet_from=times(18, 22),
    quiet_to=times(6, 10),
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
TOLD = st.lists(st.tuples(st.sampled_from(RULES.rules), MOMENTS), max_size=60)


@LAW
@given(wishes=SOUND, place=st.sampled_from([HERE, THERE]), told=TOLD)
def test_nobody_is_told_in_quiet_hours_or_on_days_off_or_more_than_five_times_a_day(
    wishes: Wishes, place: Place, told: list[tuple[Rule, datetime]]
) -> None:
    """But for what is urgent; and whatever is a duty is told in the end."""
    refuse_unsound(wishes, RULES)
    own = Counter[date]()
    for rule, at in sorted(told, key=lambda one: one[1]):
        planned = plan(rule, wishes, place, at, at, own.__getitem__)
        if planned is None:
            assert rule.kind == "read"
            continue
        local = planned.not_before.astimezone(place.zone)
        if rule.urgent:
            assert planned == replace(planned, state="waiting", not_before=at, slot=None)
            continue
        assert planned.not_before >= at
        assert place.works(local.date())
        assert wishes.quiet_to <= local.time() < wishes.quiet_from
        assert (planned.slot == local.date()) is (planned.state == "bundled")
        if planned.state == "waiting":
            own[local.date()] += 1
    assert max(own.values(), default=0) <= AT_MOST_A_DAY
