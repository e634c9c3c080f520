"""Every import contract bites: a violation is planted in a copy of the source, and the contract names it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = [
    contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
]
PLANTS = [  # (contract, file that must not, what it imports)
    (
        "The command line stands on the services, the services on the kernel",
        "shared/planted.py",
        "services.projects",
    ),
    ("The command line stands on the services, the services on the kernel", "shared/planted.py", "cli"),
    (
        "The command line stands on the services, the services on the kernel",
        "services/projects/planted.py",
        "cli",
    ),
    ("Services know nothing of each other", "services/evaluation/planted.py", "services.projects"),
    ("Services know nothing of each other", "services/notifications/planted.py", "services.evaluation"),
    (
        "A service is made of layers",
        "services/projects/domain/planted.py",
        "services.projects.reactions.planted",
    ),
    (
        "A service is made of layers",
        "services/projects/projections/planted.py",
        "services.projects.api.planted",
    ),
    (
        "A service is made of layers",
        "services/projects/projections/planted.py",
        "services.projects.reactions.planted",
    ),
    ("A service is made of layers", "services/projects/api/planted.py", "services.projects.app.planted"),
    *(
        ("A domain is pure", "services/projects/domain/planted.py", module)
        for module in (
            *("asyncio", "fastapi", "httpx", "os", "random", "sqlalchemy", "time", "yaml"),
            *("shared.codec", "shared.ledger", "services.projects.planted"),
        )
    ),
    ("A domain is pure", "shared/domain.py", "shared.codec"),
    ("The verifier stands alone", "shared/verifier.py", "shared.proofs"),
    ("Only the bus speaks NATS", "shared/planted.py", "nats"),
    ("Only the bus speaks NATS", "services/notifications/planted.py", "nats.js.api"),
]


def lint(tree: Path) -> str:
    """What lint-imports says about a tree, as one text."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "500"}
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True).stdout


def plant(tree: Path, file: str, imported: str) -> None:
    """Adds an import to a file; makes both modules, and the packages above, where there are none."""
    own = imported.partition(".")[0] in {"cli", "services", "shared"}
    wanted = tree / (imported.replace(".", "/") + ".py")
    for path in (tree / file, wanted) if own else (tree / file,):
        if path.with_suffix("").is_dir():
            continue
        package = path.parent
        if package.with_suffix(".py").exists():  # a module so far: it becomes a package
            package.mkdir()
            package.with_suffix(".py").rename(package / "__init__.py")
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").touch()
        path.touch()
    with (tree / file).open("a") as source:
        source.write(f"\nimport {imported}\n")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source as it is, once for all plants: copying it is most of the work."""
    tree = tmp_path_factory.mktemp("tree")
    for package in ("cli", "services", "shared"):
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    return tree


def test_the_source_as_it_is_keeps_every_contract(tree: Path) -> None:
    said = lint(tree)
    assert [name for name in CONTRACTS if f"{name} KEPT" not in said] == [], said


@pytest.mark.parametrize("contract", CONTRACTS)
def test_planted_violations_are_caught(tree: Path, tmp_path: Path, contract: str) -> None:
    """All of one contract in one tree: each is named by itself."""
    planted = shutil.copytree(tree, tmp_path / "planted")
    plants = [(file, imported) for broken, file, imported in PLANTS if broken == contract]
    for file, imported in plants:
        plant(planted, file, imported)
    said = lint(planted)
    assert f"{contract} BROKEN" in said
    missed = [each for each in plants if not re.search(named(*each), said)]
    assert missed == [], said


def named(file: str, imported: str) -> str:
    """How a contract names a planted import."""
    importer = file.removesuffix(".py").replace("/", ".")
    target = "nats" if imported.startswith("nats") else imported
    return rf"- +{importer} -> {target}\b"


def test_every_contract_has_a_plant() -> None:
    assert {contract for contract, _, _ in PLANTS} == set(CONTRACTS)
