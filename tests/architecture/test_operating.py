"""The operator's papers fit the system: settings, metrics, alarms, dashboard, and where each alarm leads."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from shared.settings import PREFIX, Settings
from shared.status import Asked

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "operating.md").read_text("utf-8")
ALERTS = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text("utf-8"))
RULES: list[dict[str, Any]] = [rule for group in ALERTS["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((ROOT / "deploy" / "grafana" / "denggao.json").read_text("utf-8"))
NAMES = re.compile(r"\b(?:denggao|process)_[a-z_]+\b")
OF_THE_PROCESS = "process_"


def headings() -> set[str]:
    return set(re.findall(r"^###? (.+)$", GUIDE, re.MULTILINE))


def anchor(heading: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")


def exported() -> dict[str, set[str]]:
    """Every metric of ours by the name under which it is documented, with the names of its samples."""
    for service in ("projects", "evaluation", "notifications"):
        importlib.import_module(f"services.{service}.app")
    found = {}
    for family in REGISTRY.collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        samples = {f"{family.name}{end}" for end in ("_bucket", "_count", "_sum")}
        found[name] = {name} | (samples if family.type == "histogram" else set())
    return found


def in_table(first: str) -> set[str]:
    """What stands in code in the first column of the guide's table that begins with this heading."""
    (table,) = re.findall(rf"^\| {first} \|.*\n((?:\|.*\n)+)", GUIDE, re.MULTILINE)
    return {name for row in table.splitlines() for name in re.findall(r"`([^`]+)`", row.split("|")[1])}


def expressions() -> list[str]:
    panels = [target["expr"] for panel in DASHBOARD["panels"] for target in panel.get("targets", [])]
    return panels + [rule["expr"] for rule in RULES]


def test_every_setting_of_a_service_stands_in_the_guide_and_no_other() -> None:
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields if name != "service"}
    assert in_table("variable") == known | {f"{PREFIX}SECRETS_DIR"}


def test_the_guides_defaults_are_the_settings_own() -> None:
    told = dict(re.findall(r"^\| `DENGGAO_([A-Z_]+)` \| `([^`]*)` \|", GUIDE, re.MULTILINE))
    own = {name.upper(): str(field.default) for name, field in Settings.model_fields.items()}
    assert {name: own[name] for name in told} == told


def test_every_metric_stands_in_the_guide_and_every_metric_there_is_exported() -> None:
    metrics, documented = exported(), in_table("metric")
    assert {name for name in metrics if name.startswith("denggao_")} == {
        name for name in documented if not name.startswith(OF_THE_PROCESS)
    }
    assert documented <= metrics.keys()


def test_alarms_and_dashboard_name_only_what_is_exported() -> None:
    samples = set().union(*exported().values())
    named = {name for expression in expressions() for name in NAMES.findall(expression)}
    assert len(named) > 30
    assert named - samples == set()


def test_no_metric_has_a_label_without_bounds() -> None:
    allowed = {"service", "method", "route", "status", "view", "rule", "outcome", "database", "channel"}
    for name in exported():
        if name.startswith("denggao_"):
            base = name.removesuffix("_total")
            collector = REGISTRY._names_to_collectors[base]  # no public way to ask for labels
            assert set(getattr(collector, "_labelnames", ())) <= allowed, name


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alarm_says_how_urgent_it_is_what_it_is_and_where_it_leads(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"]
    page, _, place = rule["annotations"]["runbook"].partition("#")
    assert (ROOT / page).is_file()
    assert place in {anchor(heading) for heading in headings()}
    assert f"`{rule['alert']}`" in GUIDE


def test_what_status_finds_leads_to_headings_of_the_guide() -> None:
    source = (ROOT / "shared" / "status.py").read_text("utf-8")
    named = set(re.findall(r'Trouble\(f?"[^"]+", "([^"]+)"\)', source))
    assert Asked("projects", "").troubles()[0].heading in named
    assert len(named) >= 8
    assert named <= headings()


def test_links_within_the_guide_lead_somewhere() -> None:
    places = {anchor(heading) for heading in headings()}
    assert set(re.findall(r"\]\(#([^)]+)\)", GUIDE)) <= places


def test_the_dashboard_is_of_four_rows_and_knows_no_machine() -> None:
    panels = DASHBOARD["panels"]
    assert [panel["type"] for panel in panels].count("row") == 4
    assert len({panel["id"] for panel in panels}) == len(panels)
    sources = {json.dumps(panel["datasource"]) for panel in panels if "datasource" in panel}
    assert sources == {json.dumps({"type": "prometheus", "uid": "${source}"})}
    assert not re.search(r"https?://|localhost|\d+\.\d+\.\d+\.\d+", json.dumps(DASHBOARD))
