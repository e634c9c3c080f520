"""A receiver of webhooks as the specification wants it: it looks at signature, clock and id."""

from __future__ import annotations

import base64
import json
import secrets
from typing import Any

from standardwebhooks import Webhook as Published
from standardwebhooks import WebhookVerificationError

from tests.support.https_server import Asked, Told


def new_secret() -> str:
    """As a receiver gives one out."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


class Receiver:
    """Answers 2xx only to what is signed with its secret and not too old; takes each id once."""

    def __init__(self, *secrets: str) -> None:
        self.secrets = list(secrets)
        self.taken: dict[str, Any] = {}
        self.repeated: list[str] = []
        self.echoes = True

    def __call__(self, asked: Asked) -> Told:
        try:
            payload = self._verified(asked)
        except WebhookVerificationError as refusal:
            return Told(401, str(refusal).encode())
        if payload["type"] == "endpoint.verify":
            return Told(body=json.dumps(payload["data"] if self.echoes else {}).encode())
        if asked.headers["webhook-id"] in self.taken:
            self.repeated.append(asked.headers["webhook-id"])
            return Told(204)
        self.taken[asked.headers["webhook-id"]] = payload
        return Told(204)

    def _verified(self, asked: Asked) -> Any:
        *others, last = self.secrets
        for secret in others:
            try:
                return Published(secret).verify(asked.body, dict(asked.headers))
            except WebhookVerificationError:
                continue
        return Published(last).verify(asked.body, dict(asked.headers))
