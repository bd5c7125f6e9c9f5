"""Wheels made by hand (PEP 427), honest ones and others."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

Files = Mapping[str, str | bytes]


def build_wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    files: Files | None = None,
    *,
    requires: Sequence[str] = (),
    tag: str = "py3-none-any",
    extra_metadata: Sequence[str] = (),
    extras: Mapping[str, Sequence[str]] | None = None,
    info: Files | None = None,
    claimed: tuple[str, str] | None = None,
    links: Mapping[str, str] | None = None,
) -> Path:
    """Write a wheel and return its path; without ``files`` it holds one module of its own name.

    Args:
        folder: where to write it.
        name, version: of the distribution.
        files: content by path.
        requires: Requires-Dist entries.
        tag: of the platform.
        extra_metadata: further lines of METADATA.
        extras: requirements by extra.
        info: further files of the dist-info folder.
        claimed: name and version in METADATA where they differ from the file's name.
        links: targets of symbolic links by path.
    """
    module = name.replace("-", "_").replace(".", "_")
    contents = dict(files if files is not None else {f"{module}.py": f'NAME, VERSION = "{name}", "{version}"\n'})
    folder_name = f"{module}-{version}.dist-info"
    metadata_name, metadata_version = claimed or (name, version)
    lines = ["Metadata-Version: 2.1", f"Name: {metadata_name}", f"Version: {metadata_version}", *extra_metadata]
    lines += [f"Requires-Dist: {item}" for item in requires]
    for extra, needs in (extras or {}).items():
        lines += [f"Provides-Extra: {extra}", *(f'Requires-Dist: {need}; extra == "{extra}"' for need in needs)]
    contents[f"{folder_name}/METADATA"] = "\n".join(lines) + "\n"
    pure = "true" if tag.endswith("none-any") else "false"
    contents[f"{folder_name}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: {pure}\nTag: {tag}\n"
    contents |= {f"{folder_name}/{path}": content for path, content in (info or {}).items()}
    path = folder / f"{module}-{version}-{tag}.whl"
    record = [_record(file, content) for file, content in contents.items()]
    record_name = f"{folder_name}/RECORD"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in contents.items():
            archive.writestr(file, content)
        for file, target in (links or {}).items():
            entry = zipfile.ZipInfo(file)
            entry.create_system, entry.external_attr = 3, 0o120777 << 16
            archive.writestr(entry, target)
        archive.writestr(record_name, "\n".join([*record, f"{record_name},,"]) + "\n")
    return path


def _record(path: str, content: str | bytes) -> str:
    data = content.encode() if isinstance(content, str) else content
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    return f"{path},sha256={digest},{len(data)}"
