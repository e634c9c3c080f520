"""The work: tasks, climbing items, milestones, activities, figures, problems, changes, visits."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from cli.example.group import Person
from cli.example.life import Life, Over, dates_between
from cli.example.proposing import RED_DAYS
from cli.example.texts import Gathering
from services.projects.domain.project.content import Alteration, Indicator, Milestone
from services.projects.domain.project.work import Subject
from shared.working_days import working_day_after

WEIGHTS = (Decimal(18), Decimal(18), Decimal(18), Decimal(16))
CLIMBING, CLIMBING_WEIGHT = "c1", Decimal(30)
PROVED = frozenset({"t1", CLIMBING})  # tasks whose result is a document
FOUND_DAYS = 14  # a running project's finding was found so long ago: rectified by now, not looked at
DAYS_BETWEEN_READINGS = 70
CLAIMS_ARE_OPEN = 3  # working days
BEFORE_THE_END = timedelta(days=6)


@dataclass
class Work:
    """What is to come, by day; done in order until nothing is left, or the last day has come."""

    life: Life
    approved: date
    due: dict[str, date]  # milestones as they stand after changes
    _to_come: list[tuple[date, int, Callable[[], None]]] = field(default_factory=list)
    _count: int = 0

    def on(self, day: date, happening: Callable[[], None]) -> None:
        """Plan something for a day."""
        self._count += 1
        heapq.heappush(self._to_come, (max(day, self.life.day), self._count, happening))

    def soon(self, least: int, most: int, happening: Callable[[], None]) -> None:
        """Plan something for some working days from now."""
        self.on(working_day_after(self.life.day, self.life.random.randint(least, most)), happening)

    def go_on(self) -> None:
        """Live it."""
        while self._to_come:
            day, _, happening = heapq.heappop(self._to_come)
            self.life.on(day)
            happening()

    def between(self, hundredths: int) -> date:
        """The day that lies so far between the approval and the planned end."""
        return self.approved + (self.life.story.ends - self.approved) * hundredths // 100


def work(life: Life) -> None:
    """Everything from the approval to the day on which closing can be asked for."""
    doing = Work(life, life.day, {milestone.code: milestone.due for milestone in life.proposal.plan})
    life.some_days(1, 3)
    _tasks(doing)
    _milestones(doing)
    _activities(doing)
    _readings(doing)
    _trouble(doing)
    _visits(doing)
    _changes(doing)
    _early_end(doing)
    doing.go_on()


# Tasks


def _tasks(doing: Work) -> None:
    life, sample = doing.life, doing.life.story.sample
    doers = [p for p in life.team if p != life.story.secretary or not life.story.led_by_committee][:4]
    dates = dates_between(doing.approved + timedelta(days=18), life.story.ends - BEFORE_THE_END, len(WEIGHTS))
    for number, (piece, weight, due) in enumerate(zip(sample.tasks, WEIGHTS, dates, strict=True), 1):
        code = f"t{number}"
        doer = doers[number % len(doers)]
        life.do(
            life.story.secretary,
            "add-task",
            task=code,
            title=piece.title,
            standard=piece.standard,
            due=due,
            weight=weight,
        )
        life.do(life.story.secretary, "assign-task", task=code, person=doer.id)
        if _left_undone(life, due):
            continue
        late = 9 if life.has("late") and number == 2 else -life.random.randint(1, 6)
        doing.on(due + timedelta(days=late), lambda code=code, doer=doer: _done(doing, code, doer))  # type: ignore[misc]
    _climbing(doing)


def _left_undone(life: Life, due: date) -> bool:
    """What a red project owes on the last day."""
    owes = life.story.fate == "in_implementation" and life.has("red")
    return owes and life.until - timedelta(days=RED_DAYS + 12) < due < life.until - timedelta(days=3)


def _done(doing: Work, code: str, doer: Person) -> None:
    life = doing.life
    life.do(doer, "complete-task", task=code, on=life.day, note="按标准完成，资料已交支部。")
    if code in PROVED:
        _prove(doing, doer, "task", code, "任务完成记录")
    if life.has("sent_back") and code == "t1":
        doing.soon(1, 2, lambda: _sent_back(doing, code, doer))
    else:
        doing.soon(1, 3, lambda: _accepted(doing, code, doer))


def _sent_back(doing: Work, code: str, doer: Person) -> None:
    reason = "标准里要求逐项签字，还差两处，请补齐。"
    doing.life.do(_accepter(doing.life, doer), "send-back-task", task=code, reason=reason)
    doing.soon(2, 4, lambda: _done_again(doing, code, doer))


def _done_again(doing: Work, code: str, doer: Person) -> None:
    doing.life.do(doer, "complete-task", task=code, on=doing.life.day, note="已补齐签字。")
    doing.soon(1, 2, lambda: _accepted(doing, code, doer))


def _accepted(doing: Work, code: str, doer: Person) -> None:
    doing.life.do(_accepter(doing.life, doer), "accept-task", task=code)


def _accepter(life: Life, doer: Person) -> Person:
    """The secretary; the deputy for what the secretary did (R3)."""
    return life.story.deputy if doer == life.story.secretary else life.story.secretary


# The climbing item


def _climbing(doing: Work) -> None:
    life, piece = doing.life, doing.life.story.sample.climbing
    due = doing.between(85)
    life.do(
        life.story.secretary,
        "add-task",
        task=CLIMBING,
        title=piece.title,
        standard=piece.standard,
        due=due,
        weight=CLIMBING_WEIGHT,
    )
    doing.soon(2, 5, lambda: _offer(doing))


def _offer(doing: Work) -> None:
    life = doing.life
    life.do(
        life.story.secretary,
        "offer-task",
        task=CLIMBING,
        from_level="达到立项目标",
        to_level=life.story.sample.climbing.standard,
        circle=[_circle(life)],
        skills=life.story.sample.climbing.skills,
    )
    ends = working_day_after(life.day, CLAIMS_ARE_OPEN)
    if life.has("unclaimed"):
        doing.on(working_day_after(ends, 1), lambda: _expired(doing))
        return
    claimants = life.story.members[:2] if life.has("contended") else life.story.members[:1]
    for number, claimant in enumerate(claimants):
        doing.on(
            working_day_after(life.day, number + 1),
            lambda who=claimant: life.do(who, "claim-task", task=CLIMBING),  # type: ignore[misc]
        )
    doing.on(working_day_after(ends, 1), lambda: _granted(doing, claimants))


def _circle(life: Life) -> str:
    """The leading branch; for a committee's project the office branch, where its people are."""
    unit = life.story.unit
    return life.group.unit[life.story.members[0].unit].id if life.story.led_by_committee else unit.id


def _granted(doing: Work, claimants: tuple[Person, ...]) -> None:
    life, chosen = doing.life, claimants[-1]
    reason = f"{chosen.skill}，做过同类工作，手上任务较少。" if len(claimants) > 1 else ""
    life.do(life.story.secretary, "grant-claim", task=CLIMBING, person=chosen.id, reason=reason)
    doing.on(doing.between(82), lambda: _done(doing, CLIMBING, chosen))


def _expired(doing: Work) -> None:
    """Nobody's fault; half of them are talked over and assigned with consent (R39)."""
    life = doing.life
    life.do(life.story.secretary, "expire-claim", task=CLIMBING)
    if life.story.number % 2:
        chosen = life.story.members[0]
        life.do(life.story.secretary, "assign-task", task=CLIMBING, person=chosen.id, consent=True)
        doing.on(doing.between(84), lambda: _done(doing, CLIMBING, chosen))


# Milestones, activities, evidence


def _milestones(doing: Work) -> None:
    life = doing.life
    plan = life.proposal.plan
    if life.has("extended") and len(plan) > 2:
        doing.on(plan[1].due - timedelta(days=15), lambda: _extend(doing, plan[1], plan[2]))
    for milestone in plan:
        late = 8 if life.has("late") and milestone is plan[1] else -life.random.randint(1, 5)
        doing.on(milestone.due + timedelta(days=late), lambda m=milestone, n=late: _reach(doing, m, n))  # type: ignore[misc]


def _reach(doing: Work, milestone: Milestone, late: int) -> None:
    """On its day as it stands by then: an extension may have moved it."""
    life = doing.life
    planned = doing.due[milestone.code] + timedelta(days=late)
    if planned > life.day + timedelta(days=3):
        doing.on(planned, lambda: _reach(doing, milestone, late))
        return
    if _left_undone(life, doing.due[milestone.code]):
        return
    life.do(life.story.secretary, "reach-milestone", milestone=milestone.code, on=life.day)
    _prove(doing, life.story.secretary, "milestone", milestone.code, "节点完成确认单")


def _extend(doing: Work, milestone: Milestone, following: Milestone) -> None:
    life = doing.life
    due = milestone.due + min(timedelta(days=20), (following.due - milestone.due) / 2)
    if life.day > milestone.due or due <= milestone.due:
        return
    reason = "关键设备到货推迟，业务部门已确认，节点顺延不影响结项。"
    life.do(
        life.holder("party_department"), "grant-extension", milestone=milestone.code, due=due, reason=reason
    )
    doing.due[milestone.code] = due


def _activities(doing: Work) -> None:
    life = doing.life
    held = [a for a in life.story.sample.activities if a.serves in {t.code for t in life.proposal.targets}]
    planned = (*held, held[0])
    for number, activity in enumerate(planned):
        day = doing.between(12 + 80 * number // len(planned))
        doing.on(day, lambda a=activity: _hold(doing, a))  # type: ignore[misc]


def _hold(doing: Work, held: Gathering) -> None:
    life = doing.life
    life.do(
        life.story.deputy,
        "hold-activity",
        on=life.day,
        kind=held.kind,
        title=held.title,
        indicator=held.serves,
        decision=held.decision,
    )


def _prove(doing: Work, who: Person, subject: Subject, code: str, what: str) -> None:
    """A page of text for a milestone or the climbing item, for the rest a link into the office system."""
    life, sample = doing.life, doing.life.story.sample
    day = life.day.isoformat()
    if subject == "milestone" or code == CLIMBING:
        page = f"{what}\n项目：{sample.title}\n日期：{day}\n经办：{who.name}\n结论：现场核对，符合要求。\n"
        life.attach(who, page, name=f"{what}（{day}）.txt", subject=subject, code=code, proves=what)
    else:
        link = f"https://oa.hualing.example/{life.day.year}/{life.story.number:05}/{subject}-{code}"
        life.do(who, "attach-evidence", name=what, subject=subject, code=code, proves=what, link=link)


# Figures


def _readings(doing: Work) -> None:
    life = doing.life
    last = life.story.ends - BEFORE_THE_END
    span = (last - doing.approved).days
    count = max(2, span // DAYS_BETWEEN_READINGS)
    reported: set[tuple[str, str]] = set()
    for number, day in enumerate(dates_between(doing.approved, last, count), 1):
        for indicator in life.proposal.targets:
            period = _period(indicator, day)
            if (indicator.code, period) in reported or (indicator.kind == "by_date" and number < count):
                continue
            reported.add((indicator.code, period))
            value = _value(life, indicator, number, count)
            disputed = life.has("disputed") and number == 1 and indicator is life.proposal.targets[0]
            doing.on(
                day,
                lambda i=indicator, p=period, v=value, d=disputed: _report(doing, i, p, v, disputed=d),  # type: ignore[misc]
            )


def _period(indicator: Indicator, day: date) -> str:
    match indicator.rhythm:
        case "month":
            return f"{day.year}-{day.month:02}"
        case "quarter":
            return f"{day.year}-Q{(day.month + 2) // 3}"
        case "half_year":
            return f"{day.year}-H{(day.month + 5) // 6}"
        case "once":
            return "once"


def _value(life: Life, indicator: Indicator, number: int, count: int) -> Decimal:
    """So far on the way from baseline to target, with the digits that the sample uses."""
    target, baseline = indicator.target, indicator.baseline
    assert target is not None, "every figure of the samples has a target"
    if baseline is None:
        return target
    gone = life.story.attainment * number // count + life.random.randint(-4, 4)
    if life.has("unmoved") and indicator is life.proposal.targets[-1]:
        gone = life.random.randint(-2, 2)
    digits = Decimal(1).scaleb(min(int(n.as_tuple().exponent) for n in (baseline, target)))
    value = (baseline + (target - baseline) * gone / 100).quantize(digits, ROUND_HALF_UP)
    most = Decimal(100) if indicator.unit in ("%", "分") else value
    return max(Decimal(0), min(value, most))


def _report(doing: Work, indicator: Indicator, period: str, value: Decimal, *, disputed: bool) -> None:
    told = value * 9 / 10 if disputed else value
    told = told.quantize(value, ROUND_HALF_UP)
    _read(doing, indicator, period, told)
    if disputed:
        doing.soon(1, 2, lambda: _dispute(doing, indicator, period, value))
    else:
        doing.soon(1, 3, lambda: _confirm(doing, indicator, period, told))


def _read(doing: Work, indicator: Indicator, period: str, value: Decimal) -> None:
    life = doing.life
    life.do(
        life.story.deputy,
        "report-reading",
        indicator=indicator.code,
        period=period,
        value=value,
        on=life.day,
    )


def _dispute(doing: Work, indicator: Indicator, period: str, value: Decimal) -> None:
    life = doing.life
    reason = "与部门月报口径不一致，返工后的数量没有计入，请核对后重报。"
    who = life.at(indicator.source)
    life.do(who, "dispute-figure", indicator=indicator.code, period=period, reason=reason)
    doing.soon(1, 2, lambda: _report(doing, indicator, period, value, disputed=False))


def _confirm(doing: Work, indicator: Indicator, period: str, value: Decimal) -> None:
    who = doing.life.at(indicator.source)
    doing.life.do(who, "confirm-figure", indicator=indicator.code, period=period, value=value)


# Problems, visits, changes


def _trouble(doing: Work) -> None:
    life, trouble = doing.life, doing.life.story.sample.trouble

    def raised() -> None:
        life.do(life.story.deputy, "raise-problem", problem="p1", text=trouble.text)
        doing.soon(4, 9, resolved)

    def resolved() -> None:
        life.do(life.story.secretary, "resolve-problem", problem="p1", how=trouble.how)

    if life.story.number % 3 != 1:
        doing.on(doing.between(35), raised)


def _visits(doing: Work) -> None:
    life = doing.life
    if not (life.has("finding") or life.has("on_the_spot") or life.story.number % 4 == 0):
        return
    day = doing.between(50)
    if life.story.fate == "in_implementation" and life.has("finding"):
        day = life.until - timedelta(days=FOUND_DAYS)  # so that it is open still
    doing.on(day, lambda: _visit(doing))


def _visit(doing: Work) -> None:
    life, found = doing.life, doing.life.story.sample.finding
    inspector = life.inspector()
    note = "随机问两名参加人员，标准和期限说得清；看了现场和最近一次数据。"
    life.declare_no_tie(inspector)
    life.do(inspector, "hold-inspection", inspection="i1", on=life.day, kind="日常督导", note=note)
    if not (life.has("finding") or life.has("on_the_spot")):
        return
    mended = {"before": found.text, "after": found.done} if life.has("on_the_spot") else None
    life.do(
        inspector,
        "record-finding",
        finding="w1",
        inspection="i1",
        text=found.text,
        severity="ordinary",
        due=life.day + timedelta(days=15),
        unit=life.story.unit.id,
        on_the_spot=mended,
    )
    if mended is None:
        doing.soon(1, 2, lambda: _rectify(doing, again=life.story.number % 2 == 0))


def _rectify(doing: Work, *, again: bool) -> None:
    """Planned, done, closed by the inspector; one in two comes back once at the look-back."""
    life, found = doing.life, doing.life.story.sample.finding

    def reported() -> None:
        life.do(life.story.secretary, "report-rectification", finding="w1", what=found.done, on=life.day)
        if life.story.fate != "in_implementation":
            doing.soon(1, 3, closed)

    def closed() -> None:
        life.do(life.inspector(), "close-finding", finding="w1")
        if again:
            doing.soon(12, 16, came_back)

    def came_back() -> None:
        reason = "回头看发现同类情况又有一处。"
        due = life.day + timedelta(days=15)
        life.do(life.inspector(), "reopen-finding", finding="w1", reason=reason, due=due)
        doing.soon(1, 3, lambda: _rectify(doing, again=False))

    life.do(
        life.story.secretary,
        "plan-rectification",
        finding="w1",
        measures=found.measures,
        responsible=life.story.deputy.id,
        due=life.day + timedelta(days=10),
    )
    doing.soon(4, 7, reported)


def _changes(doing: Work) -> None:
    if doing.life.has("changed"):
        doing.on(doing.between(25), lambda: _request(doing))


def _request(doing: Work) -> None:
    """The last milestone says more precisely what it is; or a change that is not granted."""
    life = doing.life
    plan = tuple(
        replace(
            m, due=doing.due[m.code], title=m.title + "（业务部门书面确认）" if m.code == "m3" else m.title
        )
        for m in life.proposal.plan
    )
    reason = "业务部门要求最后一个节点以书面确认为准。"
    life.do(
        life.story.secretary, "request-change", change="b1", reason=reason, alteration=Alteration(plan=plan)
    )

    def decided() -> None:
        if life.story.number % 3 == 0:
            why = "原节点表述已能验收，不必变更。"
            life.do(life.holder("party_department"), "reject-change", change="b1", reason=why)
        else:
            life.do(life.holder("party_department"), "approve-change", change="b1")

    doing.soon(2, 4, decided)


def _early_end(doing: Work) -> None:
    life = doing.life
    day = life.until - timedelta(days=life.random.randint(12, 40))

    def suspended() -> None:
        reason = "上级统一安排停产检修，项目所在产线停运，恢复后继续。"
        life.do(life.holder("party_department"), "suspend-project", reason=reason)
        raise Over()

    def terminated() -> None:
        reason = "业务计划调整，所依托的产线不再建设，已完成部分资料移交业务部门。"
        life.do(life.holder("party_department"), "terminate-project", reason=reason)
        raise Over()

    if life.story.fate == "suspended":
        doing.on(day, suspended)
    elif life.story.fate == "terminated":
        doing.on(day, terminated)
