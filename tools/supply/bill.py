"""Bills of materials in CycloneDX, one an image."""

from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.contrib.this.builders import this_component
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from provision.layout import SERVICES, Layout
from supply.packages import Metadata, Package, locks_of, read_lock


def write_all(layout: Layout, folder: Path, version: str) -> list[Path]:
    """Write a bill for each image into a folder; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    metadata = Metadata(layout)
    written = []
    for service in SERVICES:
        packages = {package for lock in locks_of(layout, service) for package in read_lock(lock)}
        file = folder / f"{service}.cdx.json"
        file.write_text(
            JsonV1Dot6(bill(service, version, packages, metadata)).output_as_string(indent=2), encoding="utf-8"
        )
        written.append(file)
    return written


def bill(service: str, version: str, packages: set[Package], metadata: Metadata) -> Bom:
    """Return the bill of a service's image."""
    bom = Bom()
    bom.metadata.tools.components.add(this_component())
    root = Component(name=service, version=version, type=ComponentType.CONTAINER, bom_ref=service)
    bom.metadata.component = root
    components = [_component(package, metadata) for package in sorted(packages)]
    bom.components.update(components)
    bom.register_dependency(root, components)
    return bom


def _component(package: Package, metadata: Metadata) -> Component:
    licence = metadata.licence(package.name)
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        purl=PackageURL("pypi", name=package.name, version=package.version),
        bom_ref=f"{package.name}=={package.version}",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=value) for value in package.hashes[:1]]
        if len(package.hashes) == 1
        else [],
        licenses=[LicenseFactory().make_from_string(licence)] if licence else [],
    )
