"""The other servers that the tests talk to, through the server of the world or directly."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pydicom.dataset import Dataset

from orthanc_sdk import Orthanc
from orthanc_sdk.testing import LocalOrthanc, make_instance, to_bytes
from tests.live.world import Tree, World, new_study, upload


def on_partner(world: World, series: int = 1, instances: int = 1, **tags: object) -> Tree:
    """A study that only the partner has."""
    return upload(world.partner.client, new_study(series, instances, **tags))


def holds(client: Orthanc, tree: Tree) -> bool:
    """Whether a server has all the instances: as identifiers are made of UIDs, they are the same on all servers."""
    found = client.post_tools_bulk_content({"Resources": list(tree.instances), "Metadata": False})
    return {resource.id for resource in found} == set(tree.instances)


def closed_port() -> int:
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def silent_modality(world: World, name: str = "silent") -> Iterator[str]:
    """A modality that takes connections and never says a word; whoever waits for it fails at the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        world.client.put_modalities_id(name, {"AET": "SILENT", "Host": "127.0.0.1", "Port": port})
        try:
            yield name
        finally:
            listener.close()
            world.client.delete_modalities_id(name)


WORKLIST_PATIENT: Final = "WORKLIST-1"


@contextmanager
def worklist_server(world: World, name: str = "ris") -> Iterator[LocalOrthanc]:
    """A server with plugins, known as a modality of that name, whose worklist has one CT for tomorrow's patient."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "tomorrow.wl").write_bytes(to_bytes(_worklist_entry()))
        configuration = {
            "Worklists": {"Enable": True, "Database": folder},
            "DicomModalities": {"world": world.server.modality_configuration()},
        }
        with LocalOrthanc(
            world.version, plugins=["worklists", "dicom-web"], config=configuration, dicom_aet="RIS"
        ) as server:
            world.client.put_modalities_id(name, dict(server.modality_configuration()))
            try:
                yield server
            finally:
                world.client.delete_modalities_id(name)


def _worklist_entry() -> Dataset:
    step = Dataset()
    step.Modality = "CT"
    step.ScheduledStationAETitle = "SCANNER"
    step.ScheduledProcedureStepStartDate = "20240131"
    entry = make_instance(PatientID=WORKLIST_PATIENT, PatientName="Doe^Worklist", PixelData=None)
    entry.ScheduledProcedureStepSequence = [step]
    return entry
