"""Facts of an attachment: what the store knows of the file, or that it is a link."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from services.projects.domain.project.state import State
from services.projects.domain.project.work import Evidence, Subject
from services.projects.files import Stored
from shared.domain import NotKnown
from shared.problems import FieldsWrong

LINK_AT_MOST = 2000


class FileNotHere(NotKnown):
    """You have not uploaded a file with this hash, and the project has none.

    Upload the file first; then attach it by the hash of the answer."""


class FileOrLink(FieldsWrong):
    """Evidence is either a file, by its hash, or a link.

    Give exactly one of `sha256` and `link`."""


class LinkNotTaken(FieldsWrong):
    """A link begins with http:// or https:// and names a host; it holds no spaces and no password.

    Copy the address from the browser's address line."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """Attach a file that was uploaded, by its hash, or a link: one of the two."""

    name: str
    subject: Subject
    code: str
    proves: str
    sha256: str = ""
    link: str = ""


def evidence_of(given: Attachment, state: State, stored: Stored | None) -> Evidence:
    """The evidence as it is recorded; FileOrLink, LinkNotTaken, FileNotHere.

    A file is theirs to attach who uploaded it, and everybody's who works on a project that has it:
    knowing a hash must not open what others hold.
    """
    if bool(given.sha256) == bool(given.link):
        raise FileOrLink(fields=["sha256", "link"])
    if given.link:
        return Evidence(_hash_of(given.link), given.name, 0, "", given.link)
    here = any(given.sha256 == attached for attached, _, _ in state.evidence)
    if stored is None or not (stored.own or here):
        raise FileNotHere()
    return Evidence(given.sha256, given.name, stored.size_bytes, stored.media_type)


def _hash_of(link: str) -> str:
    """Of the link's text: what lies behind it may change, and nobody has read it."""
    try:
        parts = urlsplit(link)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
        _ = parts.port  # a port that is no number is only noticed when asked for
    except ValueError:
        fits = False
    if not fits or len(link) > LINK_AT_MOST or any(sign.isspace() for sign in link):
        raise LinkNotTaken(fields=["link"])
    return sha256(link.encode()).hexdigest()
