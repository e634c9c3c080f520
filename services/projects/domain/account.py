"""An account: that somebody was given a way to sign in, and by whom; name and password stay outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain import By, Decider, PersonId, Refusal

# Events


@dataclass(frozen=True, slots=True)
class AccountOpened:
    person: PersonId
    opened_by: PersonId


# Commands


@dataclass(frozen=True, slots=True)
class OpenAccount:
    by: By
    person: PersonId
    has_account: bool  # fact: a sign-in name is stored for this person


# Refusals


class PersonHasAccount(Refusal):
    """This person has a sign-in name already.

    Whoever has forgotten the password needs a new password, not a second account."""


# State: whether an opening is recorded


def decide(command: OpenAccount, opened: bool) -> Sequence[AccountOpened]:
    """One account for a person; an opening that broke off before the name was stored is only finished."""
    if command.has_account:
        raise PersonHasAccount()
    return [] if opened else [AccountOpened(command.person, command.by.person)]


def evolve(opened: bool, event: AccountOpened) -> bool:
    """The state after the event."""
    return True


ACCOUNT: Decider[OpenAccount, AccountOpened, bool] = Decider(
    "account", False, decide, evolve, (OpenAccount,), (AccountOpened,)
)
