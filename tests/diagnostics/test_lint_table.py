"""docs/lints.md lists every warning and info, each with its severity and the first sentence of its page."""

import re

from cnnspec.diagnostics import Severity
from cnnspec.diagnostics.catalogue import load_all
from cnnspec.resources import package_file
from support.markdown import ROOT

ROW = re.compile(r"^\| `(?P<code>[\w-]+)` \| (?P<severity>\w+) \| (?P<sentence>.+) \|$", re.MULTILINE)


def test_the_table_is_that_of_the_register() -> None:
    listed = [tuple(row) for row in ROW.findall((ROOT / "docs" / "lints.md").read_text(encoding="utf-8"))]
    registered = {code: severity for code, (severity, _) in load_all().items() if severity is not Severity.ERROR}
    assert sorted(listed) == sorted((code, str(severity), _sentence(code)) for code, severity in registered.items())
    assert len(listed) > 40


def _sentence(code: str) -> str:
    text = (package_file("diagnostics", "pages") / f"{code}.md").read_text(encoding="utf-8")
    return " ".join(text.split("\n\n")[1].split())
