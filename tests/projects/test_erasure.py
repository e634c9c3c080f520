"""Who has left is erased as far as retention allows (R77): nothing sealed can be read, all proofs stay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import update

from services.projects.contacts import addresses_of, contacts_of
from services.projects.domain.person.leaving import ContactErased, PersonErased, PersonRestricted
from services.projects.keys import ERASED_FILE, SealingKeys
from services.projects.programme_content import kept_until
from services.projects.tables import sealing_keys
from shared.clock import ExampleClock, today
from shared.domain import PersonId
from shared.engines import begin
from shared.merkle import Frontier, leaf_hash
from tests.projects.an_office import FOUNDER, STAFF, Office, founded
from tests.support.engines import Database
from tests.support.waiting import eventually

NAME, PHONE, MAIL = "欧阳不留名", "13900000077", "gone@example.test"
SAID = {"reason": "本人申请", "document": "南屏党〔2026〕13号"}


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> AsyncIterator[Office]:
    async with founded(database, tmp_path, reacts=True) as built:
        yield built


async def registered(office: Office) -> PersonId:
    """Somebody with a name, a phone and a mail, of a branch."""
    branch = await office.unit("NP-01", office.group, organisation="党支部")
    who = {"staff_number": "0077", "unit": branch, "political_status": STAFF, "trade": "", "skill": ""}
    who |= {"name": NAME, "phone": PHONE, "mail": MAIL}
    return PersonId(await office.does(FOUNDER, "/people/register-person", **who))


async def years_pass(office: Office, years: int = 2) -> None:
    """The contact data of who left when they were last heard of are kept no longer."""
    clock = office.parts.clock
    assert isinstance(clock, ExampleClock)
    clock.set(clock.now() + timedelta(days=366 * years))
    assert (await office.signs_in(FOUNDER)).is_success


async def key_of(office: Office, person: PersonId) -> bytes | None:
    return (await office.parts.keys.read([person])).get(person)


async def erased(office: Office, person: PersonId, left_on: str) -> None:
    await office.does(FOUNDER, f"/people/{person}/erase-person", left_on=left_on, **SAID)


def said_in_clear(directory: Path) -> list[Path]:
    """The files that hold something of the person as it was typed."""
    texts = [text.encode() for text in (NAME, PHONE, MAIL)]
    files = [path for path in directory.rglob("*") if path.is_file()]
    return [path for path in files if any(text in path.read_bytes() for text in texts)]


async def test_who_left_lately_is_restricted_from_when_they_were_last_heard_of(office: Office) -> None:
    """Whatever day is said: nobody left before what was recorded of them last."""
    person, day = await registered(office), today(office.parts.clock, office.parts.settings.time_zone)
    await erased(office, person, "2001-01-01")
    (restricted,) = await office.events(PersonRestricted)
    assert restricted.event.until == kept_until(day, "1年")
    earlier = {"left_on": "2001-01-01"} | SAID
    await office.is_refused("RetentionStillRuns", FOUNDER, f"/people/{person}/erase-person", **earlier)
    for ahead in ("2099-01-01", "9999-12-31"):
        body = {"left_on": ahead} | SAID
        await office.is_refused("NotInTheFuture", FOUNDER, f"/people/{person}/erase-person", **body)
    assert await key_of(office, person) is not None
    certificate = await office.gets(FOUNDER, f"/people/{person}/erasure-certificate")
    assert (certificate.status_code, certificate.json()["code"]) == (409, "NothingErased")


async def test_who_never_held_an_office_is_erased_whole_and_every_proof_stays(
    office: Office, tmp_path: Path
) -> None:
    person = await registered(office)
    await years_pass(office)
    await erased(office, person, "2001-01-01")
    assert [one.event.person for one in await office.events(PersonErased)] == [person]

    async def key_is_gone() -> bool:
        return await key_of(office, person) is None

    await eventually(key_is_gone, "the key is erased")
    ledgers = office.parts.ledgers
    assert await contacts_of(ledgers, office.parts.keys, [person], 10_000) == {}
    assert await addresses_of(ledgers, office.parts.keys, [person], 10_000) == {}
    head = await ledgers.head("group")
    events = await ledgers.read_ledger("group", 0, head.position + 1)
    leaves = [leaf_hash(one.stream, one.version, one.body) for one in events]
    assert Frontier().grown(leaves) == head.frontier
    assert said_in_clear(tmp_path) == []

    told = (await office.gets(FOUNDER, f"/people/{person}/erasure-certificate")).json()
    assert (told["erased"], told["key_is_gone"]) == (["name", "phone", "mail", "joined"], True)
    assert (told["reason"], told["document"], told["by_office"]) == (*SAID.values(), "headquarters")
    (sealed,) = told["sealed_in"]
    assert sealed["fields"] == ["name", "phone", "mail"]
    assert bytes.fromhex(sealed["leaf"]) == leaves[int(sealed["event"].rpartition("/")[2]) - 1]


async def test_of_who_held_an_office_the_name_is_left(office: Office) -> None:
    person = await registered(office)
    reached = await addresses_of(office.parts.ledgers, office.parts.keys, [person], 10_000)
    assert reached[person].keys() == {"mail", "phone"}
    assert NAME not in reached[person].values()
    held = {"person": person, "office": "branch_secretary", "unit": office.group, "since": "2020-01-01"}
    term = await office.does(FOUNDER, "/offices/appoint-office", **held, document="1号")
    body = {"left_on": "2021-01-01"} | SAID
    await office.is_refused("StillInOffice", FOUNDER, f"/people/{person}/erase-person", **body)
    ended = {"ended_on": "2021-01-01", "reason": "调离", "document": "2号"}
    await office.does(FOUNDER, f"/offices/{term}/end-office", **ended)
    await years_pass(office)
    await erased(office, person, "2021-01-01")
    assert len(await office.events(ContactErased)) == len(await office.events(PersonRestricted)) == 1

    async def name_alone() -> bool:
        found = await contacts_of(office.parts.ledgers, office.parts.keys, [person], 10_000)
        return (found[person].name, found[person].phone, found[person].mail) == (NAME, "", "")

    await eventually(name_alone, "the contact data are erased")
    assert await addresses_of(office.parts.ledgers, office.parts.keys, [person], 10_000) == {}
    told = (await office.gets(FOUNDER, f"/people/{person}/erasure-certificate")).json()
    assert (told["erased"], told["key_is_gone"]) == (["phone", "mail", "joined"], True)


async def test_only_who_keeps_the_roster_erases_or_reads_the_certificate(office: Office) -> None:
    person = await registered(office)
    await office.person("fitter", office.group)
    body = {"left_on": "2001-01-01"} | SAID
    await office.is_refused("NotAllowed", "fitter", f"/people/{person}/erase-person", **body)
    await years_pass(office)
    assert (await office.signs_in("fitter")).is_success
    await erased(office, person, "2001-01-01")
    answer = await office.gets("fitter", f"/people/{person}/erasure-certificate")
    assert answer.status_code == 403
    nobody = await office.gets(FOUNDER, f"/people/{UUID(int=7)}/erasure-certificate")
    assert nobody.status_code == 404


async def test_what_a_restored_backup_brings_back_is_erased_again(office: Office, tmp_path: Path) -> None:
    """The list of who was erased lies apart from the database."""
    whole, part = await registered(office), PersonId("another")
    keys = office.parts.keys
    before = {person: await keys.give(person) for person in (whole, part)}
    await keys.erase(whole)
    await keys.erase_contact(part)
    assert await keys.erase_again() == 0
    restored = SealingKeys(office.parts.ledgers.engine, tmp_path / "nothing is remembered here")
    assert await restored.erase_again() == 0
    async with begin(office.parts.ledgers.engine) as connection:
        for person, key in before.items():
            await connection.execute(update(sealing_keys).filter_by(person=person).values(key=key))
    again = SealingKeys(office.parts.ledgers.engine, tmp_path / ERASED_FILE)
    assert await again.erase_again() == 2
    assert whole not in await again.read([whole])
    assert (await again.read([part]))[part] != before[part]
