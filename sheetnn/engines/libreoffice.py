"""LibreOffice: headless, in a private profile that forces a hard recalculation on load and follows no link.

With its usual profile LibreOffice shows the values stored in the file, right or wrong.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from ..errors import EngineError
from ..grid import Extents, Grid, read_grids
from .base import Engine, run, said_version

_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update"><prop oor:name="Link" oor:op="fuse"><value>2</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""  # noqa: E501


class LibreOffice(Engine):
    name = "libreoffice"
    install = "install it with: apt install libreoffice-calc (or from libreoffice.org, with soffice on the PATH)"

    def installed(self) -> bool:
        return self._program() is not None

    @staticmethod
    def _program() -> str | None:
        return shutil.which("soffice") or shutil.which("libreoffice")

    def version(self) -> str:
        return said_version([self._program() or "soffice", "--version"])

    def recalculate(self, path: Path, extents: Extents, scratch: Path) -> dict[str, Grid]:
        program = self._program()
        assert program is not None
        if ";" in str(scratch):  # it ends the name of the folder that LibreOffice writes to
            raise EngineError(
                f"engine libreoffice cannot work in {scratch} for its ';'; set TMPDIR to another folder"
            )
        profile = scratch / "profile"
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_PROFILE, "utf-8")
        source, out = scratch / "in.xlsx", scratch / "out"
        shutil.copyfile(path, source)
        command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--nolockcheck"]
        command += ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out), str(source)]
        run(self.name, command, scratch, limit=self.limit)
        result = out / "in.xlsx"
        if not result.is_file():
            raise EngineError("engine libreoffice wrote no result; is the file a workbook it can open?")
        return read_grids(result, extents)
