"""Turning parcels into messages: where each person can be told, and what may be said there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, assert_never

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifications.channels import Kind, Message
from services.notifications.contacts import Contact, Contacts
from services.notifications.domain.outside import Said, Told, message, summary
from services.notifications.rulebook import Rulebook
from services.notifications.tables import known
from services.notifications.taking import Parcel
from shared.bus import Unanswered
from shared.domain import PersonId, UnitId
from shared.envelope import moment
from shared.organisation import Organisation
from shared.sentences import Language, word
from shared.withdrawn import MARK, without

ASKING_SECONDS = 3.0  # with the sending, less than a transaction may idle

NOWHERE = Contact()


class Project(msgspec.Struct, frozen=True):
    """What is read of `known.facts`: the title, who leads, and what was withdrawn."""

    title: str = ""
    unit: UnitId = UnitId("")
    withdrawn: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Desk:
    """Whoever is asked before anything is said."""

    contacts: Contacts
    organisation: Organisation
    book: Rulebook
    public_url: str

    async def contacts_of(self, parcels: Sequence[Parcel]) -> Mapping[PersonId, Contact]:
        """Where the receivers can be told; Unanswered where that cannot be said now."""
        try:
            async with asyncio.timeout(ASKING_SECONDS):
                return await self.contacts.of({parcel.person for parcel in parcels})
        except TimeoutError as error:
            raise Unanswered("where people can be told") from error

    def message(
        self, parcel: Parcel, to: str, language: Language, projects: Mapping[str, Project]
    ) -> Message:
        """What one parcel says to one address."""
        said, kinds = self._said(parcel, language, projects), {row.kind for row in parcel.rows}
        return Message(
            id=parcel.id,
            to=to,
            title=said.title,
            lines=said.lines,
            link=self.public_url + said.path,
            language=language,
            thread=said.thread,
            urgent=any(row.urgent == 0 for row in parcel.rows),
            may_be_muted="todo" not in kinds,
            summary=parcel.bundled,
            happened_at=moment(max(row.created_at for row in parcel.rows)),
        )

    def _said(self, parcel: Parcel, language: Language, projects: Mapping[str, Project]) -> Said:
        say = partial(word, "outside", language=language)
        told = [self._told(row, language, projects.get(row.project, Project())) for row in parcel.rows]
        return summary(told, say) if parcel.bundled else message(told[0], say)

    def _told(self, row: Row[Any], language: Language, project: Project) -> Told:
        rule = self.book.rule_of(row.rules, row.rule)
        person = self.organisation.people.get(row.person)
        units = {project.unit, person.unit if person else UnitId("")} - {UnitId("")}
        known = units and units <= self.organisation.units.keys()
        overseas = not known or any(
            map(self.organisation.is_overseas, units)
        )  # said where it is known not to be
        title = without(project.title, project.withdrawn)
        return Told(
            kind="todo" if row.kind == "todo" else "read",
            title=rule.titled_in(language) if rule else "",
            project="" if title.startswith(MARK) else title,
            project_id=row.project if project.title else "",
            due=row.due,
            neutral=overseas or rule is None or rule.sealed or rule.private,
        )


async def projects_of(connection: AsyncConnection, rows: Iterable[Row[Any]]) -> dict[str, Project]:
    """What is known of the projects that these rows are about."""
    query = select(known).where(known.c.id.in_({row.project for row in rows}))
    found = await connection.execute(query)
    return {row.id: msgspec.json.decode(row.facts, type=Project) for row in found}


def address(channel: Kind, settings: Any, contact: Contact) -> str | None:
    """Where a message goes in this channel; None where its receiver cannot be told there.

    "": the channel has one receiver, whose address is among its settings.
    """
    match channel:
        case "mail":
            return contact.mail or None
        case "wecom" | "dingtalk" | "feishu":
            return (contact.mail if settings.user_id_from == "mail" else contact.phone) or None
        case "webhook" | "robot":
            return ""
        case _:
            assert_never(channel)
