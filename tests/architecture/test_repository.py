"""What holds for every file of the repository: where it points, how it opens, what the README promises."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.__main__ import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
OWN = ("cli", "services", "shared", "tests", "bench")


def files_of_the_repository() -> list[Path]:
    """Everything that is in the repository or would be with the next `git add`."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


FILES = files_of_the_repository()
MODULES = [path for path in FILES if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in OWN]


def lines_with(pattern: str, *, except_in: tuple[str, ...] = ()) -> list[str]:
    """Every line of text in the repository that matches, as `file:line: text`."""
    found = []
    for path in FILES:
        name = str(path.relative_to(ROOT))
        data = path.read_bytes()
        if name in except_in or b"\0" in data:
            continue
        for number, line in enumerate(data.decode().splitlines(), 1):
            if re.search(pattern, line):
                found.append(f"{name}:{number}: {line.strip()[:120]}")
    return found


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    homes = r"work|farm|root|tmp/bash_jobs|(home|Users)/[a-z]+"
    assert lines_with(rf"(^|[^A-Za-z0-9_.])/({homes})/") == []


def test_no_file_names_the_address_of_a_registry() -> None:
    scheme = r"https?:"
    npm = rf'"resolved": *"{scheme}|registry *= *"?{scheme}'
    pip = r"^(--)?(extra-)?index" + r"-url|^--find" + r"-links"
    assert lines_with(f"{npm}|{pip}") == []


def test_only_continuous_integration_looks_outside_the_repository() -> None:
    assert lines_with(r"\.\./" + "shared/", except_in=(".ci/run",)) == []


def test_every_module_opens_with_a_sentence() -> None:
    openings = {path: opening(ast.parse(path.read_text())) for path in MODULES if path.read_text().strip()}
    assert [str(path.relative_to(ROOT)) for path, first in openings.items() if not first.endswith(".")] == []


def opening(tree: ast.Module) -> str:
    return (ast.get_docstring(tree) or "").split("\n\n")[0]


def test_no_float_no_clock_and_no_drawn_id_in_a_domain() -> None:
    domains = [path for path in MODULES if path.is_relative_to(ROOT / "services") and "domain" in path.parts]
    found = [
        f"{path.relative_to(ROOT)}:{line}: {what}"
        for path in domains
        for line, what in impure(path.read_text())
    ]
    assert found == []


def impure(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of what a pure function over exact numbers cannot hold."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=float(number)):
                yield node.lineno, str(number)
            case ast.Name(id="float" | "uuid1" | "uuid4" as name):
                yield node.lineno, name
            case ast.Call(func=ast.Attribute(attr="now" | "utcnow" | "today" | "uuid1" | "uuid4" as name)):
                yield node.lineno, f"{name}()"


@pytest.mark.parametrize(
    "source",
    [
        "x = 0.5",
        "def f(x: float) -> None: ...",
        "datetime.now(UTC)",
        "date.today()",
        "uuid4()",
        "uuid.uuid4()",
    ],
)
def test_what_is_impure_is_found(source: str) -> None:
    assert len(list(impure(source))) == 1
    assert list(impure("command.today, Decimal('0.5'), uuid5(NAMESPACE, name), date(2026, 1, 1)")) == []


def test_every_command_of_the_table_has_its_module() -> None:
    places = {name: (ROOT / "cli" / f"{name}.py", ROOT / "cli" / name / "__init__.py") for name in COMMANDS}
    missing = [name for name, either in places.items() if not any(place.is_file() for place in either)]
    assert missing == []


def test_the_readme_shows_commands_that_exist() -> None:
    shown = set(re.findall(r"^(?:\$ )?\./denggao ([a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert {"up", "test"} <= shown <= set(COMMANDS)
