"""How a no becomes an answer: problem+json (RFC 9457) with one table from refusals to HTTP statuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from prometheus_client import Counter
from starlette.responses import Response

from shared.auth import BadToken
from shared.codec import EventTooLarge, NewerEvent, NotText
from shared.decision import KeyUsedForAnother, WrittenByNewerCode
from shared.domain import Incomplete, NotAllowed, NotKnown, Refusal, Stale
from shared.logs import correlation
from shared.passing import Unavailable
from shared.sentences import Language, sentences, word

MEDIA_TYPE = "application/problem+json"
REFUSED = Counter("denggao_refusals", "Requests refused, by the rule", ["rule"])
FIELDS_NAMED_AT_MOST = 50
FIELD_CHARACTERS_AT_MOST = 200


class Malformed(Refusal):
    """The request cannot be read.

    Correct the request and send it again."""


class KeyMissing(Malformed):
    """This request needs the header Idempotency-Key, 1 to 128 visible ASCII characters.

    Send a fresh random key with every new request, and the same key when you repeat one."""


class NoETag(Malformed):
    """The header If-Match does not hold an ETag of this system, as "3" is one.

    Send the ETag exactly as you got it when you last read."""


class NotSignedIn(Refusal):
    """You are not signed in, or your sign-in has ended.

    Sign in again; what you typed is kept."""


class NoSuchAddress(Refusal):
    """There is nothing at this address.

    Check the address against the list at /api/{service}/docs."""


class NoSuchMethod(Refusal):
    """This address does not take {method}.

    Use one of the methods that the header Allow names."""


class BodyTooLarge(Refusal):
    """The request holds more than {limit} bytes.

    Attach long texts and tables as files."""


class TooSlow(Refusal):
    """The request, or its next part, did not arrive within {limit} seconds.

    Send it again with the same Idempotency-Key, over a better line."""


class BodyNotJson(Refusal):
    """Only application/json is taken, uncompressed and in UTF-8; this was {got}.

    Send JSON with Content-Type: application/json and without Content-Encoding."""


class FileTooLarge(Refusal):
    """The file is larger than {megabytes} MB.

    Make it smaller, for example by saving pictures with fewer pixels, or attach a link."""


class FileTypeNotTaken(Refusal):
    """Files of this type are not taken; taken are {types}.

    Save the file as one of these types, for example as PDF."""


class RangeNotThere(Refusal):
    """The file has {size} bytes and no such part.

    Ask for one part within it, as `Range: bytes=0-1023`, or for the whole."""


class FieldsWrong(Refusal):
    """These fields cannot be taken: {fields}.

    See under "errors" what is wrong with each."""


class TryLater(Refusal):
    """This is not possible at the moment; nothing was lost and nothing was done twice.

    Repeat the request with the same Idempotency-Key in a few seconds."""


class TooManyTries(Refusal):
    """Too many attempts; the next one is possible in {seconds} seconds.

    Wait, then try again."""


class TooManyRequests(TooManyTries):
    """Too many requests at once; the next one is possible in {seconds} seconds.

    Wait, then continue. A program asks one after the other, and waits as long as Retry-After says."""


class Unexpected(Refusal):
    """Something went wrong in the system; the cause is in its log.

    Try again. If it stays, tell the administrator the number {correlation}."""


STATUS: dict[type[Refusal], int] = {
    Malformed: 400,
    NotSignedIn: 401,
    NotAllowed: 403,
    NotKnown: 404,
    NoSuchAddress: 404,
    NoSuchMethod: 405,
    TooSlow: 408,
    Refusal: 409,  # every other rule of the domain
    Stale: 412,
    BodyTooLarge: 413,
    EventTooLarge: 413,
    FileTooLarge: 413,
    BodyNotJson: 415,
    FileTypeNotTaken: 415,
    RangeNotThere: 416,
    Incomplete: 422,
    FieldsWrong: 422,
    NotText: 422,
    KeyUsedForAnother: 422,
    TooManyTries: 429,
    Unexpected: 500,
    TryLater: 503,
}
LISTED = {"missing", "faults"}  # facts that a problem holds as codes too
MEANS: dict[type[Exception], type[Refusal]] = {  # what is no refusal, but has an answer
    BadToken: NotSignedIn,
    Unavailable: TryLater,
    WrittenByNewerCode: TryLater,
    NewerEvent: TryLater,
}


def status_of(refusal: type[Refusal]) -> int:
    """The HTTP status of a rule: its own, or that of its nearest ancestor in the table."""
    return next(STATUS[kind] for kind in refusal.__mro__ if kind in STATUS)


def problem(refusal: Refusal, language: Language, **more: Any) -> dict[str, Any]:
    """The problem's fields; lists for machines come along from the facts, `errors` and others from `more`."""
    status = status_of(type(refusal))
    sentence, advice = sentences(refusal, language)
    fields: dict[str, Any] = {
        "type": f"urn:denggao:problem:{refusal.code()}",
        "title": word("titles", str(status), language),
        "status": status,
        "code": refusal.code(),
        "detail": sentence,
        "advice": advice,
        "correlation": correlation(),
    }
    for name in LISTED & refusal.facts.keys():
        fields[name] = list(refusal.facts[name])
    return fields | more


def response(
    refusal: Refusal, language: Language, headers: dict[str, str] | None = None, **more: Any
) -> Response:
    """The whole HTTP answer."""
    fields = problem(refusal, language, **more)
    REFUSED.labels(refusal.code()).inc()
    headers = {"Content-Language": language, "Cache-Control": "no-store"} | (headers or {})
    if fields["status"] == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if fields["status"] in (429, 503):
        headers["Retry-After"] = str(refusal.facts.get("seconds", 2))
    return Response(msgspec.json.encode(fields), fields["status"], headers, MEDIA_TYPE)


def wrong_fields(errors: Sequence[Any], language: Language) -> tuple[FieldsWrong, list[dict[str, str]]]:
    """The refusal of a request that pydantic refused, and what is wrong with each of the first fields."""
    listed = [
        {"field": _path(error["loc"]), "code": error["type"], "message": _message(error, language)}
        for error in errors[:FIELDS_NAMED_AT_MOST]
    ]
    fields = [error["field"] for error in listed]
    if more := len(errors) - len(listed):
        fields.append(word("fields_wrong", "and_more", language).format(count=more))
    return FieldsWrong(fields=fields), listed


def _path(loc: Sequence[str | int]) -> str:
    """`("body", "tasks", 0, "due")` as `tasks[0].due`; other places keep their name, as `query.limit`."""
    parts = loc[1:] if loc and loc[0] == "body" and len(loc) > 1 else loc
    path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in parts).lstrip(".")
    return path if len(path) <= FIELD_CHARACTERS_AT_MOST else f"{path[:FIELD_CHARACTERS_AT_MOST]}…"


def _message(error: Any, language: Language) -> str:
    # pydantic's English may quote the input's facts (limits), never the input itself
    template = word("validation", error["type"], language, default=error["msg"])
    facts = {name: str(fact) for name, fact in error.get("ctx", {}).items()}
    try:
        return template.format(**facts)
    except (KeyError, IndexError, ValueError):
        return str(error["msg"])
