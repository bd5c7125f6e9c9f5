"""The user profile that LibreOffice runs with: hardened, and with the one macro that converts.

What a document asks for beyond itself is refused here already, and by the kernel again: links to other files and
hosts are not followed, linked tables not updated, macros and embedded programs not run, no host reached.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.sax.saxutils import escape

_COMMON = "/org.openoffice.Office.Common"
_NEVER = 2  # of "Link": 0 always, 1 on request, 2 never
_VERY_HIGH = 3  # of "MacroSecurityLevel": only from trusted locations, of which there are none
_MANUAL = 1  # of "ooInetProxyType"
_DISCARD = "127.0.0.1"

Setting = tuple[str, str, str, str]  # path, name, type, value

HARDENED: tuple[Setting, ...] = (
    (f"{_COMMON}/Security/Scripting", "BlockUntrustedRefererLinks", "xs:boolean", "true"),
    (f"{_COMMON}/Security/Scripting", "MacroSecurityLevel", "xs:int", str(_VERY_HIGH)),
    ("/org.openoffice.Office.Writer/Content/Update", "Link", "xs:int", str(_NEVER)),
    ("/org.openoffice.Office.Calc/Content/Update", "Link", "xs:int", str(_NEVER)),
    ("/org.openoffice.Inet/Settings", "ooInetProxyType", "xs:int", str(_MANUAL)),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPProxyName", "xs:string", _DISCARD),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPProxyPort", "xs:int", "9"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPSProxyName", "xs:string", _DISCARD),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPSProxyPort", "xs:int", "9"),
    ("/org.openoffice.Inet/Settings", "ooInetNoProxy", "xs:string", ""),
)
ORDINARY: tuple[Setting, ...] = (
    ("/org.openoffice.Setup/Office", "ooSetupInstCompleted", "xs:boolean", "true"),
    (f"{_COMMON}/Misc", "FirstRun", "xs:boolean", "false"),
    (f"{_COMMON}/Misc", "UseOpenCL", "xs:boolean", "false"),
    ("/org.openoffice.Office.Java/VirtualMachine", "Enable", "xs:boolean", "false"),
    ("/org.openoffice.Office.Recovery/AutoSave", "Enabled", "xs:boolean", "false"),
)

_VERSION = re.compile(r'oor:name="ooSetupVersion"[^<]*<value>([^<]*)')
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
_LIBRARIES = (
    f"{_XML}"
    '<!DOCTYPE library:libraries PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "libraries.dtd">\n'
    '<library:libraries xmlns:library="http://openoffice.org/2000/library" xmlns:xlink="http://www.w3.org/1999/xlink">'
    '<library:library library:name="Standard" xlink:href="$(USER)/basic/Standard/script.xlb/" xlink:type="simple" '
    'library:link="false"/></library:libraries>\n'
)
_LIBRARY = (
    f"{_XML}"
    '<!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">\n'
    '<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" '
    'library:readonly="false" library:passwordprotected="false"><library:element library:name="Conversion"/>'
    "</library:library>\n"
)
_MODULE = (
    f"{_XML}"
    '<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">\n'
    '<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Conversion" '
    'script:language="StarBasic">{}</script:module>\n'
)

# Runs inside LibreOffice, where it reaches everything that its programming interface offers. Texts come as the
# decimal numbers of their UTF-16 units, so that nothing in them can end a string or the call.
_BASIC = """
Function Text(numbers As String) As String
  Dim unit As Variant
  Text = ""
  If numbers = "" Then Exit Function
  For Each unit In Split(numbers, ".")
    Text = Text & Chr(CLng(unit))
  Next
End Function

Function Named(name As String, value As Variant) As Variant
  Dim property As New com.sun.star.beans.PropertyValue
  property.Name = name
  property.Value = value
  Named = property
End Function

Sub Note(path As String, words As String)
  Dim number As Integer
  number = FreeFile
  Open path For Output As #number
  Print #number, words
  Close #number
End Sub

Function PdfData(pages As String, version As Long) As Variant
  If pages = "" Then
    PdfData = Array(Named("SelectPdfVersion", version))
  Else
    PdfData = Array(Named("SelectPdfVersion", version), Named("PageRange", pages))
  End If
End Function

Function Opening(key As String) As Variant
  Dim hidden As Variant, read_only As Variant, no_macros As Variant, no_updates As Variant
  hidden = Named("Hidden", True)
  read_only = Named("ReadOnly", True)
  no_macros = Named("MacroExecutionMode", 0)
  no_updates = Named("UpdateDocMode", 0)
  If key = "" Then
    Opening = Array(hidden, read_only, no_macros, no_updates)
  Else
    Opening = Array(hidden, read_only, no_macros, no_updates, Named("Password", key))
  End If
End Function

Sub Run(source As String, target As String, report As String, filter As String, key As String, _
        pages As String, pdf As Long)
  Dim doc As Object
  Dim stage As String
  On Error GoTo Failed
  stage = "load"
  doc = StarDesktop.loadComponentFromURL(Text(source), "_blank", 0, Opening(Text(key)))
  If IsNull(doc) Then
    Note(Text(report), "load: nothing came of it")
    Exit Sub
  End If
  stage = "save"
  If pdf >= 0 Then
    doc.storeToURL(Text(target), Array(Named("FilterName", filter), Named("FilterData", PdfData(Text(pages), pdf))))
  Else
    doc.storeToURL(Text(target), Array(Named("FilterName", filter)))
  End If
  Note(Text(report), "done")
  Exit Sub
Failed:
  Note(Text(report), stage & ": " & Error$)
End Sub
"""


def installed_version(program: Path) -> str:
    """Return the version of the LibreOffice of a folder ``program``; empty if it does not say."""
    registry = program.parent / "share" / "registry" / "main.xcd"
    found = _VERSION.search(registry.read_text("utf-8", "replace")) if registry.is_file() else None
    return found[1] if found else ""


def write_profile(folder: Path, version: str, settings: tuple[Setting, ...] = (*HARDENED, *ORDINARY)) -> None:
    """Write the profile into a folder, which becomes its ``UserInstallation``.

    Args:
        folder: does not exist, or is empty.
        version: of LibreOffice; with another one in its profile it tests the display first, for a second or two.
        settings: path, name, type and value.
    """
    settings = (*settings, ("/org.openoffice.Setup/Product", "ooSetupLastVersion", "xs:string", version))
    basic = folder / "user" / "basic"
    (basic / "Standard").mkdir(parents=True)
    (folder / "user" / "registrymodifications.xcu").write_text(_modifications(settings), encoding="utf-8")
    (basic / "script.xlc").write_text(_LIBRARIES, encoding="utf-8")
    (basic / "Standard" / "script.xlb").write_text(_LIBRARY, encoding="utf-8")
    (basic / "Standard" / "Conversion.xba").write_text(_MODULE.format(escape(_BASIC)), encoding="utf-8")


def encode_text(text: str) -> str:
    """Return a text as the macro takes it."""
    units = text.encode("utf-16-le", "surrogatepass")
    return ".".join(str(int.from_bytes(units[at : at + 2], "little")) for at in range(0, len(units), 2))


def _modifications(settings: tuple[Setting, ...]) -> str:
    items = "\n".join(
        f'<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse" oor:type="{kind}">'
        f"<value>{escape(value)}</value></prop></item>"
        for path, name, kind, value in settings
    )
    return (
        f'{_XML}<oor:items xmlns:oor="http://openoffice.org/2001/registry" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n{items}\n</oor:items>\n'
    )
