"""What an installation can set: environment variables `DENGGAO_…`, checked at the start."""

from __future__ import annotations

import os
import shlex
import shutil
import ssl
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, FilePath, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.verifier import is_name

PREFIX = "DENGGAO_"
DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


def _database(url: str) -> str:
    """With the driver that we use named in it; empty means: a SQLite file in the data directory."""
    if not url:
        return url
    scheme, colon, rest = url.partition("://")
    if not colon or scheme not in DRIVERS:
        raise ValueError("must begin with sqlite:/// or postgresql://")
    if DRIVERS[scheme].startswith("sqlite"):
        if not rest.startswith("/") or len(rest) < 2:
            raise ValueError("must name a file, as in sqlite:////var/lib/denggao/ledger.db")
    else:
        parts = _parts(url)
        if not parts.hostname or len(parts.path) < 2:
            raise ValueError("must name a host and a database, as in postgresql://user@host/denggao")
    return f"{DRIVERS[scheme]}://{rest}"


def _address(*schemes: str) -> AfterValidator:
    def check(url: str) -> str:
        parts = _parts(url)
        if parts.scheme not in schemes or not parts.hostname:
            raise ValueError(f"must be an address that begins with {' or '.join(s + '://' for s in schemes)}")
        return url.rstrip("/")

    return AfterValidator(check)


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # a port that is no number is only noticed when asked for
    except ValueError as error:
        raise ValueError(f"is no address: {error}") from None
    return parts


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        raise ValueError(f"{name!r} is no time zone, as Asia/Shanghai is") from None
    return name


def _networks(text: str) -> str:
    for network in filter(None, map(str.strip, text.split(","))):
        try:
            ip_network(network)
        except ValueError as error:
            raise ValueError(f"must be networks with commas, as in 10.8.0.0/16: {error}") from None
    return text


def _authorities(path: Path) -> Path:
    try:
        ssl.create_default_context(cafile=path)
    except ssl.SSLError:
        raise ValueError("must name a file of certificates in PEM") from None
    return path


def _key_name(name: str) -> str:
    if name and not is_name(name):
        raise ValueError("must have no spaces and no plus, as denggao.example/group")
    return name


def _command(line: str) -> str:
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ValueError(f"is no command: {error}") from None
    if words and not shutil.which(words[0]):
        raise ValueError("names a program that is not there")
    return line


class Settings(BaseSettings):
    """One service's settings. `data_dir` is the installation's; what a service keeps lies in `directory`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="ignore")

    service: str
    data_dir: Path = Path("data")
    signed_dir: Path | None = None  # of what was signed: best where no restore of the database reaches
    group_name: Annotated[str, AfterValidator(_key_name)] = ""  # of a new key that signs ledgers
    database_url: Annotated[str, AfterValidator(_database)] = ""
    views_url: Annotated[str, AfterValidator(_database)] = ""
    service_role: str = ""  # PostgreSQL: whom `migrate` lets work with what the owner's role made
    nats_url: Annotated[str, _address("nats", "tls")] = "nats://127.0.0.1:4222"
    nats_nkey_seed_file: FilePath | None = None
    public_url: Annotated[str, _address("http", "https")] = "http://localhost:8080"
    zone: Annotated[str, AfterValidator(_zone)] = "Asia/Shanghai"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    otlp_endpoint: Annotated[str, _address("http", "https")] | None = None
    clock: Literal["system", "example"] = "system"
    file_megabytes_at_most: Annotated[int, Field(ge=1, le=2048)] = 50  # of 1,048,576 bytes
    person_requests_per_second: Annotated[int, Field(ge=1)] = 50  # of each replica; 30 seconds' worth at once
    address_requests_per_second: Annotated[int, Field(ge=1)] = 200  # of those who are not signed in
    channel_networks: Annotated[str, AfterValidator(_networks)] = ""  # not public, and still to be told
    channel_authorities: Annotated[FilePath, AfterValidator(_authorities)] | None = None  # of their receivers
    scanner: Annotated[str, AfterValidator(_command)] = ""  # gets a file's path, exit 0 lets it in

    @property
    def directory(self) -> Path:
        """Where this service alone keeps its files: databases, keys, evidence."""
        return self.data_dir / self.service

    @property
    def signed(self) -> Path:
        """Where the keys that sign ledgers lie, and what all services have signed with them."""
        return self.signed_dir or self.data_dir / "signed"

    @property
    def group(self) -> str:
        """How a new key is called, with which the group's ledgers are signed."""
        return self.group_name or _parts(self.public_url).netloc

    @property
    def networks(self) -> tuple[str, ...]:
        """Those that are not public and that channels may reach all the same."""
        return tuple(filter(None, map(str.strip, self.channel_networks.split(","))))

    @property
    def time_zone(self) -> ZoneInfo:
        """The zone in which the domain's dates are meant."""
        return ZoneInfo(self.zone)

    @model_validator(mode="after")
    def _files_by_default(self) -> Self:
        at = f"sqlite+aiosqlite:///{self.directory.absolute()}"
        # frozen, so set as pydantic's own fields are set while building
        if not self.database_url:
            object.__setattr__(self, "database_url", f"{at}/ledger.db")
        if not self.views_url:
            object.__setattr__(self, "views_url", f"{at}/views.db")
        return self


def load(service: str, **settings: Any) -> Settings:
    """The settings from the environment; a wrong value ends the process with one sentence and exit 1.

    What is secret may stand in a file of DENGGAO_SECRETS_DIR instead, as in `denggao_database_url`;
    for a program that works with all services, in a directory there that is named as the service.

    Values of addresses are not repeated in the sentence: they may hold passwords.
    """
    try:
        return Settings(service=service, _secrets_dir=_secrets(service), **settings)
    except ValidationError as error:
        wrong = error.errors(include_url=False)
        names = [PREFIX + "_".join(str(part) for part in problem["loc"]).upper() for problem in wrong]
        sentences = [_sentence(problem["msg"]) for problem in wrong]
        lines = [f"denggao: {name} {text}." for name, text in zip(names, sentences, strict=True)]
        raise SystemExit("\n".join(lines)) from None  # printed on stderr, with exit 1


def _secrets(service: str) -> Path | None:
    if not (named := os.environ.get(f"{PREFIX}SECRETS_DIR")):
        return None
    own = Path(named, service)
    return own if own.is_dir() else Path(named)


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ").replace("Input should", "must").rstrip(".")
