"""What has to work wherever orthanc-sdk is installed, with no server and no tool for tests: `python smoke.py VERSION`.

`make release-check` runs it in bare environments, into which the built files were installed.
"""

from __future__ import annotations

import sys
from datetime import date
from importlib.metadata import distribution

import orthanc_sdk
from orthanc_sdk import InvalidArgument, Orthanc, models
from orthanc_sdk.testing import make_study, to_bytes

STUDY = """{"ID": "a", "Type": "Study", "IsStable": true, "Labels": [], "LastUpdate": "20240131T101530", "Series": [],
"ParentPatient": "b", "MainDicomTags": {"StudyDate": "20240131"}, "PatientMainDicomTags": {}}"""


def main(expected: str) -> None:
    installed = distribution("orthanc-sdk")
    assert installed.version == orthanc_sdk.__version__ == expected, installed.version

    files = {str(file) for file in installed.files or ()}
    wanted = {
        "orthanc_sdk/py.typed",
        "orthanc_models/py.typed",
        "orthanc-stubs/__init__.pyi",
        f"orthanc_sdk-{expected}.dist-info/licenses/LICENSE",
    }
    assert wanted <= files, f"not installed: {sorted(wanted - files)}"
    assert [point.value for point in installed.entry_points] == ["orthanc_sdk.testing.pytest_plugin"]

    for module in (orthanc_sdk, models):
        assert all(getattr(module, name) is not None for name in module.__all__)

    request = models.FindRequest(level="Study", query={"PatientName": "*"}, expand=True)
    assert request.model_dump(by_alias=True, exclude_none=True)["Level"] == "Study"
    study = models.StudyInfo.model_validate_json(STUDY)
    assert study.main_dicom_tags.study_date == date(2024, 1, 31)

    with Orthanc("http://localhost:8042", username="orthanc", password="secret") as client:
        assert "secret" not in repr(client)
        message = "no error"
        try:
            client.post_tools_find({"Level": "Study", "Query": {}, "Limits": 10})
        except InvalidArgument as error:  # before anything is sent
            message = str(error)
        assert "did you mean Limit?" in message, message

    (dataset,) = make_study(series=1, instances=1)
    assert to_bytes(dataset)[128:132] == b"DICM"


if __name__ == "__main__":
    main(sys.argv[1])
    print("smoke: ok")
