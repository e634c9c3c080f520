"""The dossier of a unit's year over HTTP: what it holds and proves, who is given it, the same bytes again."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from uuid import UUID

from services.projects.domain.office import OFFICE
from services.projects.domain.project.secrecy import ReviewSecrecy
from services.projects.domain.texts import TEXTS, WithdrawRecordText
from services.projects.dossier import rules
from services.projects.ids import texts_id
from services.projects.unit_dossier import Year, in_year
from shared.dossier import unpack
from shared.verifier import verify_dossier
from shared.withdrawn import hash_of
from tests.projects.a_desk import APPROVAL, Desk
from tests.projects.a_group import person
from tests.projects.a_project import GROUP, PRECHECKER, SECRETARY, WORK
from tests.projects.test_dossiers import ANOTHER, REVIEWER, TODAY
from tests.projects.test_replay_organisation import FIRST, TEAM, appoint, does, established
from tests.support.living import THE_PROJECT

DOSSIER = f"/api/projects/units/{TEAM}/dossier"
AUDITOR = "auditor of the company"
OURS = (replace(APPROVAL[0], unit=TEAM), *APPROVAL[1:])


async def lived(desk: Desk) -> int:
    """The team's project and another branch's in one ledger, with an office of the team; the year."""
    await established(desk)
    await does(desk, appoint(FIRST, TODAY), OFFICE, appoint(FIRST, TODAY).term)
    await desk.house.does(*OURS)
    await desk.house.does(*APPROVAL[:2], stream=ANOTHER)
    await desk.signing.round()
    return desk.house.clock.now().year


async def taken(desk: Desk, year: int, name: str = AUDITOR, **query: str) -> bytes:
    answer = await desk.ask(name, DOSSIER, year=str(year), **query)
    assert answer.status_code == 200, answer.text
    return answer.content


def opened(dossier: bytes) -> dict[str, bytes]:
    return {name: file.read() for name, file in unpack(io.BytesIO(dossier)).items()}


async def test_it_holds_a_units_projects_and_own_acts_and_proves_that_nothing_is_left_out(desk: Desk) -> None:
    year = await lived(desk)
    dossier = await taken(desk, year)
    assert await taken(desk, year) == dossier
    said = verify_dossier(io.BytesIO(dossier))
    company = (await desk.house.ledgers.head("company")).position
    assert f"/projects/company, {company - 2} of {company} events" in " ".join(said)
    assert sum("complete: the ledger holds no other event" in one for one in said) == 2

    files = opened(dossier)
    assert {
        "README.txt",
        "year.en.pdf",
        "year.zh-CN.pdf",
        "cut-projects.json",
        "schemas.json",
    } <= files.keys()
    assert files["year.en.pdf"].startswith(b"%PDF-")
    assert {"ProposalDrafted", "UnitEstablished", "OfficeAppointed"} <= json.loads(
        files["schemas.json"]
    ).keys()
    assert list(json.loads(files["evidence.json"])) == [OURS[0].reference]
    assert ANOTHER.hex not in {
        line.split(b" ")[1].decode() for line in files["projects-company.ledger"].splitlines() if b"{" in line
    }


async def test_asked_again_with_its_cut_it_is_the_same_bytes_whatever_was_done_since(desk: Desk) -> None:
    year = await lived(desk)
    first = await taken(desk, year)
    cut = json.loads(opened(first)["cut-projects.json"])["cut"]
    await desk.house.does(*WORK[:1])
    await desk.house.does(replace(OURS[0], reference="2026-0077"), stream=UUID(int=14))
    await desk.signing.round()
    assert await taken(desk, year) != first
    assert await taken(desk, year, cut=cut) == first


async def test_it_is_given_as_a_projects_dossier_is(desk: Desk) -> None:
    year = await lived(desk)
    for name, status in {
        "party department": 403,
        "auditor of the other company": 404,
        "stranger": 404,
    }.items():
        assert (await desk.ask(name, DOSSIER, year=str(year))).status_code == status, name
    early = await desk.ask(AUDITOR, DOSSIER, year=str(year + 1))
    assert (early.status_code, early.json()["code"]) == (422, "YearNotBegun")
    looks = (await desk.ask("discipline of the company", "/api/projects/looks")).json()["looks"]
    assert {(one["what"], one["of"]) for one in looks} == {("dossier", TEAM)}

    outside = person("auditor of the group")
    (own,) = desk.parts.organisation.offices_of(outside, TODAY)
    desk.parts.organisation.terms[own.id] = replace(own, document="审通〔2026〕7号", opened_in=GROUP)
    refused = await desk.ask("auditor of the group", DOSSIER, year=str(year))
    assert refused.json()["code"] == "NotReviewedForOutside"
    await desk.house.does(ReviewSecrecy(REVIEWER, "dossier", "internal", TODAY))
    await desk.signing.round()
    assert await taken(desk, year, "auditor of the group")


async def test_a_project_is_in_the_years_in_which_it_went_on_for_the_unit(desk: Desk) -> None:
    year = await lived(desk)
    stream = await desk.house.ledgers.read_stream(THE_PROJECT)
    zone = desk.parts.settings.time_zone
    assert in_year(stream, TEAM, Year(year - 1, zone)) is None
    assert in_year(stream, "another", Year(year, zone)) is None
    for unit in (TEAM, "company"):
        found = in_year(stream, unit, Year(year, zone))
        assert found is not None
        assert found[0]["state"] == "in_implementation"
        assert [after for _, after in found[1].values()] == ["draft", "in_approval", "in_implementation"]
    later = in_year(stream, TEAM, Year(year + 1, zone))  # nothing was done, and it goes on
    assert later is not None
    assert not later[1]


async def test_what_is_withdrawn_of_a_units_own_acts_is_printed_no_more_and_all_is_proved(desk: Desk) -> None:
    """R74: also in a dossier made again up to before it; from then on who withdrew it stands there."""
    why, term = "因李某病休", appoint(FIRST, TODAY).term
    await established(desk)
    explained = replace(appoint(FIRST, TODAY), by=replace(PRECHECKER, why=why))
    await does(desk, explained, OFFICE, term)
    await desk.signing.round()
    year = desk.house.clock.now().year
    first = await taken(desk, year)
    files, cut = opened(first), json.loads(opened(first)["cut-projects.json"])["cut"]
    withdraw = WithdrawRecordText(SECRETARY, term, hash_of(why), "病情", TODAY, said=(1,))
    await desk.house.does(withdraw, decider=TEXTS, stream=UUID(texts_id(term)), ledger="group")
    again = opened(await taken(desk, year, cut=cut))
    assert {name for name in files if files[name] != again[name]} == {"year.en.pdf", "year.zh-CN.pdf"}
    await desk.signing.round()
    later = await taken(desk, year)
    assert verify_dossier(io.BytesIO(later))
    assert "RecordTextWithdrawn" in json.loads(opened(later)["schemas.json"])


def test_where_no_version_of_the_programme_applied_that_is_said() -> None:
    assert (rules([], "zh-CN").sentences, rules([], "en").sentences) == (("无。",), ("None.",))
