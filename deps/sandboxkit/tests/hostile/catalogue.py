"""All attacks."""

from __future__ import annotations

from hostile import attacks_on_files, attacks_on_network, attacks_on_processes, attacks_on_resources

ATTACKS = (
    *attacks_on_files.ATTACKS,
    *attacks_on_network.ATTACKS,
    *attacks_on_processes.ATTACKS,
    *attacks_on_resources.ATTACKS,
)
