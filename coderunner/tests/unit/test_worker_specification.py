"""What workers of an environment are told, and what the base looks for when it is imported."""

from __future__ import annotations

import json
from pathlib import Path

from container import sandbox_settings
from drivenadapters.sandbox.flavours import Flavour
from drivenadapters.sandbox.import_graph import ImportGraph
from drivenadapters.sandbox.specification import importable, specify
from harness.service import settings_for
from logics.packages import Distribution, PackageSet

MODULES = ("tinydb", "json", "os", "sre_compile", "guest", "sandboxkit", "RestrictedPython", "_private")
SET = PackageSet("ab" * 16, "/store/sets/ab/packages", (Distribution("x", "1", MODULES),))


def test_modules_of_the_standard_library_and_the_service_are_not_opened_by_a_package_of_that_name() -> None:
    assert importable(SET) == ["_private", "tinydb"]


def test_what_a_set_opens_of_the_base_is_importable_and_nothing_that_it_provides() -> None:
    opened = PackageSet("ab" * 16, "/x", (), (Distribution("joblib", "1", ("joblib", "os")),))
    assert importable(opened) == ["joblib"]
    assert opened.modules == ()


def test_a_set_is_readable_and_comes_before_the_base_but_is_on_no_path_of_the_fork_server() -> None:
    settings = sandbox_settings(settings_for())
    spec = specify(Flavour.DATA, settings, packages=SET, leave_out=("pandas",))
    base = settings.packages.folders
    assert spec.package_paths == base
    assert spec.options["packages_path"] == [SET.folder, *base]
    assert SET.folder in spec.confinement.read_only
    assert SET.folder in spec.options["readable"]
    assert spec.options["leave_out"] == ["pandas"]
    assert spec.name == "data@abababababab"


def test_without_a_set_workers_are_those_of_the_base() -> None:
    spec = specify(Flavour.LIGHT, sandbox_settings(settings_for()))
    assert (spec.name, spec.options["packages_path"]) == ("light", [])


def graph_in(folder: Path, **graph: list[str]) -> ImportGraph:
    """Return a graph that was measured before."""
    (folder / "data").write_text(json.dumps(graph))
    return ImportGraph(sandbox_settings(settings_for()), lambda kind: folder / kind)


async def test_what_looks_for_a_module_directly_or_not_is_left_out(tmp_path: Path) -> None:
    graph = graph_in(tmp_path, pandas=["numpy", "pyarrow"], numpy=["charset_normalizer"], dateutil=["six"], pytz=[])
    assert await graph.left_out(Flavour.DATA, ["pyarrow"]) == ("pandas",)
    assert await graph.left_out(Flavour.DATA, ["charset_normalizer"]) == ("numpy", "pandas")
    assert await graph.left_out(Flavour.DATA, ["numpy"]) == ("numpy", "pandas")
    assert await graph.left_out(Flavour.DATA, ["tinydb"]) == ()
    assert await graph.left_out(Flavour.LIGHT, ["numpy"]) == ()
    await graph.close()


async def test_where_it_cannot_be_measured_everything_is_left_out(tmp_path: Path) -> None:
    settings = sandbox_settings(settings_for())
    broken = ImportGraph(settings, lambda kind: tmp_path / kind, seconds=0.0)
    assert await broken.left_out(Flavour.DATA, ["tinydb"]) == ("dateutil", "numpy", "pandas", "pytz")
    await broken.close()


async def test_the_measured_graph_finds_what_is_looked_for_in_vain_and_is_kept(tmp_path: Path) -> None:
    graph = ImportGraph(sandbox_settings(settings_for()), lambda kind: tmp_path / kind)
    assert "pandas" in await graph.left_out(Flavour.DATA, ["pyarrow"])
    assert await graph.left_out(Flavour.DATA, ["tinydb"]) == ()
    kept = json.loads((tmp_path / "data").read_text())
    assert "numpy" in kept["pandas"]
    await graph.close()
