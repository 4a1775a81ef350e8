"""Not a warning, where each of them is an error: on import, on all that one does all day, and at the end."""

from __future__ import annotations

import pytest

from tests.packaging.builds import Environment, run

pytestmark = pytest.mark.slow

CODE = """
import gc, io, pickle, tempfile
from pathlib import Path

import orthanc_models, orthanc_sdk
from orthanc_sdk import *
from orthanc_sdk import models
[getattr(module, name) for module in (orthanc_sdk, orthanc_models) for name in module.__all__]
from orthanc_sdk.testing import LocalOrthanc, make_study, to_bytes

with LocalOrthanc("1.13") as server, tempfile.TemporaryDirectory() as folder:
    client = server.client
    report = upload(client, [to_bytes(one) for one in make_study(series=2, instances=2)], workers=4)
    assert report.counts["stored"] == 4
    for patient in find_patients(client, prefetch="instances"):
        for study in patient.studies:
            repr([study, study.info, study.tags.problems, [series.instances for series in study.series]])
    study.metadata["1030"] = "x"
    study.attachments["1030"].write(io.BytesIO(b"x"))
    assert pickle.loads(pickle.dumps(study)) == study
    assert study.download(folder).stat().st_size > 1000
    assert download_tree(study, Path(folder, "tree")).counts["downloaded"] == 4
    assert study.anonymize().patient.exists()
    with raw_stream(client.get_studies_id_archive, study.id) as response:
        next(response.iter_content(10))
    for wrong in (lambda: client.get_studies_id("nope"), lambda: client.get_studies_id("../changes")):
        try:
            wrong()
        except OrthancError as error:
            pickle.loads(pickle.dumps(error))
    study.series[0].instances[0].get_pydicom()
    with Orthanc(server.url, server.username, server.password, proxies={}) as other:
        other.get_system()
del client, other, study, patient, report, response
gc.collect()
print("done")
"""


def test_a_day_without_a_warning(installed: Environment) -> None:
    """`-X dev` shows files and sockets that are left open; nothing may be written to where warnings go."""
    done = run([installed.python, "-I", "-X", "dev", "-W", "error", "-c", CODE], cwd=installed.folder)
    assert done.stdout == "done\n"
    assert done.stderr == ""
