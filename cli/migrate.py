"""`./denggao migrate`: bring the databases of truth to this code's schema, with the owner's role."""

from __future__ import annotations

import argparse

from shared.migrations.__main__ import bring_up_to_date

SERVICES = ("projects", "evaluation", "notifications")


def main(arguments: list[str]) -> int:
    """Migrate the databases of the named services, or of all; they stand in the settings."""
    parser = argparse.ArgumentParser(prog="./denggao migrate", description=__doc__)
    parser.add_argument(
        "services", nargs="*", choices=[*SERVICES, []], metavar="SERVICE", help=", ".join(SERVICES)
    )
    services = parser.parse_args(arguments).services or SERVICES
    return int(any(bring_up_to_date(service) for service in services))
