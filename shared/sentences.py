"""The sentences that people read, in their language: refusals' own English, Chinese from the catalogues."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from shared.domain import Refusal
from shared.offices import offices

Language = Literal["zh-CN", "en"]
ROOT = Path(__file__).parent.parent
CATALOGUES = ("shared/catalogue/zh-CN.yaml", "services/*/catalogue/*zh-CN.yaml")
WORDS = ("shared/catalogue/*words.yaml", "services/*/catalogue/*words.yaml")  # {group: {code: {en, zh-CN}}}


def language_of(accept_language: str | None) -> Language:
    """The better of the two for an Accept-Language header; zh-CN where it names neither."""
    best: tuple[float, Language] = (0.0, "zh-CN")
    for part in (accept_language or "").split(","):
        tag, _, weight = part.partition(";")
        primary = tag.strip().lower().partition("-")[0]
        if primary not in ("zh", "en"):
            continue
        quality = _quality(weight)
        if quality > best[0]:
            best = (quality, "en" if primary == "en" else "zh-CN")
    return best[1]


def _quality(weight: str) -> float:
    try:
        return float(weight.strip().removeprefix("q=")) if weight else 1.0
    except ValueError:
        return 0.0


def sentences(refusal: Refusal, language: Language) -> tuple[str, str]:
    """What the rule says and what to do about it, with the facts of this case filled in."""
    sentence, advice = english(type(refusal))
    if language == "zh-CN":
        # a subclass without an entry of its own speaks in English rather than as its parent
        entry = _catalogue().get(refusal.code(), {})
        sentence, advice = entry.get("sentence", sentence), entry.get("advice", advice)
    facts = _Facts({name: _shown(fact, name, language) for name, fact in refusal.facts.items()})
    return sentence.format_map(facts), advice.format_map(facts)


def english(refusal: type[Refusal]) -> tuple[str, str]:
    """The two paragraphs of a refusal's docstring: the sentence and the advice ("" where it has none)."""
    sentence, _, advice = inspect.cleandoc(refusal.__doc__ or refusal.code()).partition("\n\n")
    return " ".join(sentence.split()), " ".join(advice.split())


def word(group: str, code: str, language: Language, default: str | None = None) -> str:
    """A code in words, as `services/*/catalogue/*words.yaml` has it; else the default, else the code.

    `milestones.M2` is found under `milestones.*` too, whose words name the part as {code}.
    """
    codes = _words().get(group, {})
    if entry := codes.get(code):
        return str(entry[language])
    kind, _, rest = code.partition(".")
    part, dot, last = rest.partition(".")
    if part and (entry := codes.get(f"{kind}.*{dot}{last}")):
        return str(entry[language].replace("{code}", part))
    return code if default is None else default


def listed(words: Iterable[str], language: Language) -> str:
    """Words one after the other, parted as the language parts them."""
    return ("、" if language == "zh-CN" else ", ").join(words)


class _Facts(dict[str, str]):
    """A fact that nobody gave stays a placeholder: an incomplete sentence is better than none."""

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


def _shown(fact: Any, name: str, language: Language) -> str:
    if isinstance(fact, list | tuple | set | frozenset):
        return listed((word(name, str(part), language) for part in fact), language)
    return word(name, fact, language) if isinstance(fact, str) else str(fact)


@cache
def _catalogue() -> Mapping[str, Mapping[str, str]]:
    return {code: entry for found in _load(CATALOGUES) for code, entry in found.items()}


@cache
def _words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    held = {office.code: {"en": office.en, "zh-CN": office.zh} for office in offices().values()}
    groups: dict[str, dict[str, Any]] = {"office": held}
    for found in _load(WORDS):
        for group, codes in found.items():
            # codes may be numbers in YAML (404); texts are looked up as text
            groups.setdefault(group, {}).update({str(code): entry for code, entry in codes.items()})
    groups["by"] = groups["office"]  # the office in which somebody acts
    return groups


def _load(patterns: tuple[str, ...]) -> list[dict[str, Any]]:
    files = [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    return [yaml.safe_load(path.read_text("utf-8")) or {} for path in files]
