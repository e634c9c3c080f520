"""The import contract that names what a module may import, where import-linter's own name what it may not."""

from __future__ import annotations

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.domain.helpers import module_expressions_to_modules


class OnlyImports(Contract):
    """The modules, and all below them, import directly themselves, what is `allowed`, and nothing else."""

    type_name = "only_imports"

    modules = fields.SetField(subfield=fields.ModuleExpressionField())
    allowed = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Every import that is not allowed goes into the check's metadata as `importer -> imported`."""
        forbidden = set()
        for root in module_expressions_to_modules(graph, self.modules):  # type: ignore[arg-type]
            own = {root.name} | graph.find_descendants(root.name)
            for importer in own:
                imported = graph.find_modules_directly_imported_by(importer) - own
                forbidden |= {f"{importer} -> {name}" for name in imported if name not in self.allowed}  # type: ignore[operator]
        return ContractCheck(kept=not forbidden, metadata={"forbidden": sorted(forbidden)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Prints one line for every import that is not allowed."""
        for line in check.metadata["forbidden"]:
            output.print_error(f"- {line}")
