"""`./denggao sbom`: what ships, as a CycloneDX document; the same for the same requirements."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import metadata
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
SHIPS = ROOT / "requirements" / "runtime.txt"
UNSAID = {  # licences that a package states in words, or not where one looks
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2 License": "Apache-2.0",
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "MIT License": "MIT",
}


def main(arguments: list[str]) -> int:
    """Prints the document, or writes it to --output."""
    parser = argparse.ArgumentParser(prog="./denggao sbom", description=__doc__)
    parser.add_argument("--output", type=Path, metavar="FILE", help="default: the terminal")
    output = parser.parse_args(arguments).output
    told = document(SHIPS)
    if output:
        output.write_text(told)
    else:
        sys.stdout.write(told)
    return 0


def document(requirements: Path) -> str:
    """CycloneDX 1.6 in JSON, without a moment or a number drawn by chance."""
    factory = LicenseFactory()
    listed = requirements.read_text()
    bom = Bom(serial_number=uuid5(NAMESPACE_URL, f"urn:denggao:sbom:{listed}"))
    bom.metadata.component = Component(name="denggao", type=ComponentType.APPLICATION, bom_ref="denggao")
    for name, version in shipped(listed):
        component = Component(
            name=name,
            version=version,
            bom_ref=f"{name}=={version}",
            purl=PackageURL("pypi", name=name, version=version),
            licenses=[factory.make_from_string(licence_of(name))],
        )
        bom.components.add(component)
    bom.register_dependency(bom.metadata.component, bom.components)
    told = json.loads(JsonV1Dot6(bom).output_as_string())
    del told["metadata"]["timestamp"]
    return json.dumps(told, indent=2) + "\n"


def shipped(listed: str) -> Iterator[tuple[str, str]]:
    """Names and versions of locked requirements, with those for other systems left out."""
    for line in re.findall(r"^[a-z0-9][^\\\n]*", listed, re.MULTILINE):
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"sys_platform": "linux"}):
            [version] = requirement.specifier
            yield requirement.name, version.version


def licence_of(name: str) -> str:
    """The SPDX expression of an installed package; KeyError for one that says nothing that we understand."""
    said: dict[str, Any] = metadata(name).json
    if expression := said.get("license_expression"):
        return str(expression)
    classifiers = [line for line in said.get("classifier", []) if line.startswith("License ::")]
    text = str(said.get("license", ""))
    for stated in (text, *classifiers):
        if stated in UNSAID:
            return UNSAID[stated]
    if re.fullmatch(r"[A-Za-z0-9.+-]+", text):
        return text
    raise KeyError(f"{name} names no licence that we know: {text!r}, {classifiers}")
