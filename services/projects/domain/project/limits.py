"""How much a project may take, where its programme does not say otherwise."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Fact: what the programme sets; the defaults are those of the rules."""

    project_months: int = 24  # from the submission to the last milestone (R24)
    extension_months: int = 3
    inspections_a_year: int = 2  # of one branch, by all levels together (R46)
    suspension_months: int = 6  # then it is resumed or ended (R43)
    support_working_days: int = 10  # until a request for support is due, where it names no day (R45)
    former_posts_months: int = 24  # for which nobody inspects where they held an office (R5)
    dispute_working_days: int = 5  # in which a finding is disputed, and in which that is decided (R48)
    handover_working_days: int = 10  # from the appointment (R11)


USUAL = Limits()
