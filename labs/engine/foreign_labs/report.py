"""The report of an import, beside the imported lab: what the lab has, what was left out and why, and what check_labs finds."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from labs.engine.foreign_labs.foreign_lab import ForeignLab, printable
from labs.engine.foreign_labs.lab_yaml import Document
from labs.engine.foreign_labs.solution_split import Split
from labs.typed_yaml.authoring_errors import AuthoringError

REPORT = "import-report.md"


def report(lab: ForeignLab, document: Document, made: Split, errors: Sequence[AuthoringError], at: Path) -> str:
    """Return the text of the report. ERRORS are those of check_labs, in files of the folder AT."""
    kinds: Mapping[str, int] = {}
    for node in document.nodes.values():
        kinds = {**kinds, node["kind"]: kinds.get(node["kind"], 0) + 1}
    counted = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
    proposed = [check for check in lab.checks if check.is_proposed]
    lines = [
        f"# Imported from {lab.system}",
        "",
        f"- Nodes: {counted}. Links: {len(document.links)}.",
        f"- The learner types {made.what}, on {', '.join(sorted(document.solution))}."
        if document.solution
        else "- The learner types nothing yet. TODO: write the solution.",
        f"- Checks: {len(document.checks)}"
        + (
            ", all proposed by the import, because the source has no tests. Nobody has tried them: type "
            "`manage.py try_lab LAB --solve`. Remove those that fail with the solution, if the source's network is as it should be."
            if proposed
            else ", from the tests of the source."
        ),
        *(f"- The source says: {_quoted(one)}" for one in lab.credits),
        "- The waiting times (`within`) allow for the protocols' own timers. Faster timers make the lab quicker.",
        "",
        "## Not imported",
        "",
        *(
            [f"- {one.place}: `{_quoted(one.what)}`: {one.why}" for one in lab.not_imported]
            or ["Nothing was left out."]
        ),
    ]
    if errors:
        lines += ["", "## Mistakes that check_labs reports", ""]
        lines += [f"- {Path(error.file).relative_to(at)}:{error.line}: {error.message}" for error in errors]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return a foreign text that cannot end a quotation of Markdown."""
    return printable(text).replace("`", "'")
