"""What a company says of its account with each kind of channel, checked, and which of it is secret."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self

import msgspec
from pydantic import Field

from services.notifications.channels import Kind, webhook
from shared.sentences import Language
from shared.web import NO_NUL, Body

Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Secret = Annotated[str, Field(max_length=2000, pattern=NO_NUL, repr=False)]  # "" keeps the one that is there
Https = Annotated[str, Field(max_length=2000, pattern=r"^https://[^\s\x00-\x1f\x7f@]+$")]


class ChannelSettings(Body):
    """What every channel has: its language and its rates."""

    secrets: ClassVar[frozenset[str]] = frozenset()
    needed: ClassVar[frozenset[str]] = frozenset()  # secrets without which nothing can be sent
    receiver: ClassVar[str] = ""  # the field with the address of one that has to say that it wants to be told

    language: Language = "zh-CN"
    a_minute: Annotated[int, Field(ge=1, le=6000)] = 60
    burst: Annotated[int, Field(ge=1, le=100)] = 10
    to_one_a_minute: Annotated[int, Field(ge=1, le=60)] = 6  # to one address

    def account(self) -> dict[str, Any]:
        """What the channel itself is made from: nothing of the sending, and nothing that was left out."""
        about_sending = {*ChannelSettings.model_fields, "user_id_from"}
        return self.model_dump(exclude=about_sending, exclude_none=True)

    def completed(self, before: ChannelSettings) -> Self:
        """With the secrets before where they were left empty."""
        empty = {name: getattr(before, name) for name in self.secrets if not getattr(self, name)}
        return self.model_copy(update=empty)

    def kept(self, before: ChannelSettings | None, now: datetime) -> ChannelSettings:
        """As they are kept in place of those before."""
        return self

    def shown(self) -> dict[str, Any]:
        """Without what is secret, of which is only said whether it is there."""
        told = self.model_dump(exclude=set(self.secrets))
        return told | {f"{name}_is_set": bool(getattr(self, name)) for name in sorted(self.secrets)}


class MailSettings(ChannelSettings):
    """A mail server that takes our messages."""

    secrets: ClassVar[frozenset[str]] = frozenset({"password"})

    host: Text
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    tls: Literal["starttls", "implicit"] = "starttls"
    ca: Annotated[str, Field(max_length=20_000, pattern=NO_NUL)] = (
        ""  # PEM of the authorities of an own server
    )
    user: Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    password: Secret = ""
    sender_name: Annotated[str, Field(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    sender: Annotated[str, Field(max_length=254, pattern=r"^[^\s@<>,;:\"]+@[^\s@<>,;:\"]+$")]


class _OfATenant(ChannelSettings):
    """People have no user id in the roster; tenants use the mobile number or the mail address as one."""

    user_id_from: Literal["phone", "mail"] = "phone"
    base_url: Https | None = None  # where the tenant runs it in its own house


class WeComSettings(_OfATenant):
    """An application of the company's own tenant of WeCom (R79)."""

    secrets: ClassVar[frozenset[str]] = frozenset({"secret"})
    needed: ClassVar[frozenset[str]] = secrets

    corp_id: Text
    agent_id: Annotated[int, Field(ge=1, le=2**31 - 1)]
    secret: Secret = ""


class DingTalkSettings(_OfATenant):
    """An application of the company's own organisation in DingTalk (R79)."""

    secrets: ClassVar[frozenset[str]] = frozenset({"app_secret"})
    needed: ClassVar[frozenset[str]] = secrets

    app_key: Text
    app_secret: Secret = ""
    agent_id: Annotated[int, Field(ge=1, le=2**53 - 1)]


class FeishuSettings(_OfATenant):
    """An application of the company's own tenant of Feishu (R79)."""

    secrets: ClassVar[frozenset[str]] = frozenset({"app_secret"})
    needed: ClassVar[frozenset[str]] = secrets

    app_id: Text
    app_secret: Secret = ""


class WebhookSettings(ChannelSettings):
    """A system of the company's own that takes signed messages."""

    secrets: ClassVar[frozenset[str]] = frozenset({"secret"})
    needed: ClassVar[frozenset[str]] = secrets

    receiver: ClassVar[str] = "url"

    url: Https
    secret: Secret = ""

    def signing(self) -> webhook.WebhookSettings:
        """Where messages go and what they are signed with; ValueError for what is no secret."""
        return webhook.WebhookSettings(self.url, (webhook.Secret(self.secret),))

    def kept(self, before: ChannelSettings | None, now: datetime) -> ChannelSettings:
        """With the secret before, which is signed with for another day."""
        said = {name: getattr(self, name) for name in WebhookSettings.model_fields}
        if not isinstance(before, KeptWebhookSettings):
            return KeptWebhookSettings(**said)
        if before.secret == self.secret:
            return KeptWebhookSettings(**said, retiring=before.retiring)
        *retiring, _ = before.signing().rotated(self.secret, now).secrets
        return KeptWebhookSettings(**said, retiring=msgspec.json.encode(retiring).decode())


class KeptWebhookSettings(WebhookSettings):
    """With the secrets that a receiver may still verify by, which nobody enters."""

    secrets: ClassVar[frozenset[str]] = frozenset({"secret", "retiring"})

    retiring: Secret = ""  # JSON of them and when each ends

    def signing(self) -> webhook.WebhookSettings:
        """See WebhookSettings."""
        retiring = msgspec.json.decode(self.retiring or "[]", type=tuple[webhook.Secret, ...])
        return webhook.WebhookSettings(self.url, (*retiring, webhook.Secret(self.secret)))

    def shown(self) -> dict[str, Any]:
        """Of secrets that end nothing."""
        return {name: value for name, value in super().shown().items() if name != "retiring_is_set"}


class RobotSettings(ChannelSettings):
    """A group's robot, for public content alone (R79); whoever knows its address can speak through it."""

    secrets: ClassVar[frozenset[str]] = frozenset({"url", "secret"})
    needed: ClassVar[frozenset[str]] = frozenset({"url"})

    provider: Literal["wecom", "dingtalk", "feishu"]
    url: Annotated[str, Field(max_length=2000, pattern=r"^(https://[^\s\x00-\x1f\x7f@]+)?$", repr=False)] = ""
    secret: Secret = ""


SETTINGS: dict[Kind, type[ChannelSettings]] = {
    "mail": MailSettings,
    "wecom": WeComSettings,
    "dingtalk": DingTalkSettings,
    "feishu": FeishuSettings,
    "webhook": WebhookSettings,
    "robot": RobotSettings,
}
KEPT: dict[Kind, type[ChannelSettings]] = SETTINGS | {"webhook": KeptWebhookSettings}
