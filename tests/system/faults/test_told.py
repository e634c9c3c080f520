"""The right person is told, once, in time: with real processes, a real mail server, and whatever breaks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.conftest import ENGINES
from tests.support import company as company_of_the_test
from tests.support.company import all_in_order, in_days
from tests.support.front_door import Someone
from tests.support.lives import begins, into_work
from tests.support.waiting import eventually
from tests.system.faults.conftest import SEED
from tests.system.faults.installation import installed
from tests.system.faults.told import Post, address_of, mail_set_up, next_working_morning

pytestmark = pytest.mark.asyncio(loop_scope="module")
Fault = Callable[[Post], Coroutine[Any, Any, None]]


@pytest_asyncio.fixture(params=ENGINES, scope="module", loop_scope="module")
async def post(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Post]:
    engine = request.param
    postgres = request.getfixturevalue("mortal_postgres") if engine == "postgresql" else None
    directory = tmp_path_factory.mktemp(f"told-{engine}")
    async with (
        installed(directory, engine, postgres, random.Random(SEED)) as (town, company),
        mail_set_up(town, company, directory, SEED) as made,
    ):
        made.at(next_working_morning(made.now))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(company_of_the_test, "today", made.today)
            yield made


async def submitted(post: Post) -> str:
    """A proposal that the party department is to pre-check."""
    liu_yang, project = post.company.liu_yang, await begins(post.clients, post.company)
    numbers = {"should_attend": 5, "present": 4, "votes_for": 4}
    resolution = {"kind": "branch_committee", "on": in_days(0), "numbers": numbers}
    act = f"/projects/{project}/"
    await post.clients.does(
        liu_yang, act + "revise-proposal", proposal=post.company.proposal("面漆返修率减半")
    )
    await post.clients.does(liu_yang, act + "submit-proposal", resolution=resolution)
    return project


async def entries(post: Post, person: Someone, rule: str, kind: str = "todo") -> list[dict[str, str]]:
    found = await post.clients.reads(person, f"/notifications/inbox/{kind}?limit=200")
    return [entry for entry in found["entries"] if entry["rule"] == rule]


async def told_of(post: Post, person: Someone, owed: dict[str, str]) -> dict[str, Any]:
    """The delivery of an entry of theirs, once it is sent."""
    found = list[dict[str, Any]]()

    async def is_sent() -> bool:
        page = await post.clients.reads(person, f"/notifications/deliveries/of/{owed['id']}")
        found[:] = page["deliveries"]
        return [one["state"] for one in found] == ["sent"]

    await eventually(is_sent, "it is sent")
    return found[0]


async def test_a_proposal_goes_its_way_and_the_right_people_get_mail(post: Post, tmp_path: Path) -> None:
    """With the link, once; who wishes English in English; nobody about what a colleague has done (R79)."""
    company, clients, server = post.company, post.clients, post.server
    zhao_gang, he_jie, chen_jing = company.zhao_gang, company.he_jie, company.chen_jing
    await clients.sets(zhao_gang, "/notifications/me/notices", language="en")
    day = in_days(0)
    await clients.sets(chen_jing, "/notifications/me/absences", first=day, last=day)
    (held,) = (await clients.reads(chen_jing, "/projects/session/me"))["offices"]
    stands_in = {"deputy": company.xu_ming.id, "since": day, "until": day}
    await clients.does(chen_jing, f"/offices/{held['term']}/appoint-deputy", **stands_in)
    server.recipient_says = {address_of(he_jie): "451 4.2.0 later"}

    project = await submitted(post)
    await eventually(lambda: bool(post.mails_to(zhao_gang)), "the mail is there")

    (mail,) = post.mails_to(zhao_gang)
    assert mail["Subject"] == "To do: Proposal to pre-check"
    body = mail.get_body(("plain",))
    assert body is not None
    assert f"http://localhost:8080/projects/{project}" in body.get_content()
    assert company.liu_yang.login not in mail.as_string()
    (owed,) = await entries(post, zhao_gang, "n02")
    told = await told_of(post, zhao_gang, owed)
    assert (told["channel"], told["person"]) == ("mail", zhao_gang.id)
    (attempt,) = told["attempts"]
    assert (attempt["code"], attempt["answer"]) == ("250", "OK, kept")

    content_hash = (await clients.page(company.liu_yang, project, "in_approval"))["content_hash"]
    word = {"opinion": "agree", "content_hash": content_hash}
    await clients.does(zhao_gang, f"/projects/{project}/give-opinion", step=0, answers=all_in_order(), **word)
    server.recipient_says = {}
    await post.is_quiet()
    await post.all_has_gone()
    states = {(row.person, row.state) for row in await post.rows() if row.person == he_jie.id}
    assert states == {(he_jie.id, "needless")}
    assert post.mails_to(he_jie) == []

    (owed,) = await entries(post, chen_jing, "n03")  # she is away, and owes it all the same
    assert (await told_of(post, chen_jing, owed))["person"] == company.xu_ming.id
    assert post.mails_to(chen_jing) == []
    await post.all_were_told(tmp_path / "fresh", repeats=False)


async def test_who_nothing_reaches_is_told_by_the_office_above(post: Post, tmp_path: Path) -> None:
    """And when the message is sent after all, nobody owes that any more (n45)."""
    company, clients = post.company, post.clients
    post.at(next_working_morning(post.now))
    post.server.recipient_says = {address_of(company.zhao_gang): "550 5.1.1 no such user"}
    await submitted(post)
    await post.is_quiet()
    owed = list[dict[str, str]]()

    async def somebody_owes_it() -> bool:
        for person in (company.he_jie, company.zhou_jianguo, company.wang_fang):
            owed[:] = owed or await entries(post, person, "n45")
        return bool(owed)

    await eventually(somebody_owes_it, "somebody above owes it")
    letters = f"/notifications/dead-letters/{company.company}"
    (dead,) = (await clients.reads(post.operator, letters))["deliveries"]
    assert (dead["cause"], dead["person"]) == ("refused", company.zhao_gang.id)
    assert "面漆" not in str(dead)

    post.server.recipient_says = {}
    assert (await clients.sets(post.operator, f"{letters}/resend", cause="refused"))["resent"] == 1
    await post.all_has_gone()
    assert len(post.mails_to(company.zhao_gang)) == 1
    for person in (company.he_jie, company.zhou_jianguo, company.wang_fang):
        assert await entries(post, person, "n45") == []
    await post.all_were_told(tmp_path / "fresh", repeats=False)


async def killed(post: Post) -> None:
    """All processes of notifications, at once."""
    processes = post.town.of("notifications")
    for process in processes:
        process.running.kill()
    await eventually(lambda: not any(process.lives for process in processes), "they have ended")


async def notifications_are_killed(post: Post) -> None:
    """SIGKILL at random moments: while obligations are made, before a commit, while mail goes out."""
    for _ in range(3):
        await asyncio.sleep(post.chance.uniform(0.1, 1.5))
        await killed(post)
        await post.town.heal()


async def notifications_are_killed_after_the_servers_yes(post: Post) -> None:
    """The server has the mail, and its yes is never heard."""
    before = len(post.server.mails)
    post.server.answers.clear()
    await eventually(lambda: len(post.server.mails) > before, "a mail is taken")
    await killed(post)
    post.server.answers.set()


async def nats_is_stopped(post: Post) -> None:
    await asyncio.to_thread(post.town.nats.kill)
    await asyncio.sleep(post.chance.uniform(0.5, 2))


async def the_mail_server_is_away(post: Post) -> None:
    post.server.away = True
    post.server.hang_up()
    await asyncio.sleep(post.chance.uniform(1, 3))
    post.server.away = False


async def the_mail_server_hangs(post: Post) -> None:
    """It takes a mail and says nothing, longer than anybody waits."""
    post.server.answers.clear()
    before = len(post.server.mails)
    await eventually(lambda: len(post.server.mails) > before, "a mail is taken")
    await asyncio.sleep(5.5)
    post.server.answers.set()


async def the_mail_server_says_later(post: Post) -> None:
    post.server.data_says = "451 4.3.0 later"
    await asyncio.sleep(post.chance.uniform(1, 3))
    post.server.data_says = "250 OK, kept"


async def the_database_is_cut_at_commit(post: Post) -> None:
    """Before, while and after: what was sent may not be written down."""
    if not post.town.ways:  # a file has no connection
        await notifications_are_killed(post)
        return
    way = post.town.ways["notifications", "ledger"]
    way.cut(b"COMMIT", *post.chance.choices(("before", "while", "after"), k=4))
    await asyncio.sleep(post.chance.uniform(1, 2))
    way.cut_all()


PARTS = 4
# Whether a message may go twice, under one id: where its yes was not heard, or not written down.
MATRIX: dict[Fault, bool] = {
    notifications_are_killed: True,
    notifications_are_killed_after_the_servers_yes: True,
    nats_is_stopped: False,
    the_mail_server_is_away: True,
    the_mail_server_hangs: True,
    the_mail_server_says_later: False,
    the_database_is_cut_at_commit: True,
}


@pytest.mark.parametrize(
    "part", [0, *(pytest.param(part, marks=pytest.mark.long) for part in range(1, PARTS))]
)
async def test_whatever_breaks_who_is_to_be_told_is_told(
    post: Post, tmp_path: Path, seed: int, part: int
) -> None:
    """Every fault, in an order of the run's own; a check lives through some of them."""
    chosen = random.Random(SEED).sample(list(MATRIX), len(MATRIX))[part::PARTS]
    print([fault.__name__ for fault in chosen])  # noqa: T201 - pytest shows it with a failure
    for fault in chosen:
        await breaks(post, tmp_path / fault.__name__, fault)


@pytest.mark.long
@pytest.mark.parametrize("number", range(20))
async def test_nor_does_anything_get_lost_in_many_rounds(
    post: Post, tmp_path: Path, seed: int, number: int
) -> None:
    await breaks(post, tmp_path / "fresh", random.Random(seed).choice(list(MATRIX)))


async def breaks(post: Post, fresh: Path, fault: Fault) -> None:
    """On a new working day people take projects into work while it breaks; then the day goes on."""
    post.at(next_working_morning(post.now))
    async with asyncio.TaskGroup() as people:
        people.create_task(into_work(post.clients, post.company))
        people.create_task(fault(post))
    await post.town.heal()
    await post.is_quiet()
    await post.all_has_gone()
    await post.all_were_told(fresh, repeats=MATRIX[fault])
