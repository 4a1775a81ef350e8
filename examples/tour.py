"""A short tour: what `make demo` runs.

It starts a private Orthanc, uploads the test files that pydicom comes with, and shows typed answers.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pydicom

from orthanc_sdk import InvalidArgument, NotFound, Orthanc, Series, download_tree, models, upload
from orthanc_sdk.testing import LocalOrthanc


def upload_files(client: Orthanc) -> None:
    """Uploads what pydicom comes with: whatever is in that folder, and one bad file does not stop the others."""
    report = upload(client, Path(pydicom.__file__).parent / "data" / "test_files")
    print(f"  {report}")
    for file in report.failures[:2]:
        print(f"  {Path(file.name).name}: {file.reason}")


def show_system(client: Orthanc) -> None:
    system = client.get_system()
    statistics = client.get_statistics()
    print(f"  Orthanc {system.version}, DICOM {system.dicom_aet} on port {system.dicom_port}")
    print(
        f"  {statistics.count_patients} patients, {statistics.count_studies} studies, "
        f"{statistics.count_instances} instances, {statistics.total_disk_size / 1e6:.1f} MB"
    )


def show_lists(client: Orthanc) -> None:
    identifiers = client.get_studies()  # list[str]
    print(f"  the first study is {identifiers[0]}")
    for study in client.get_studies(expand=True, since=0, limit=3):  # list[StudyInfo]
        tags = study.main_dicom_tags
        print(f"  {tags.get('StudyDate')}  {tags.get('StudyDescription')}  updated {study.last_update:%H:%M:%S} UTC")


def find(client: Orthanc) -> models.SeriesInfo:
    found = client.post_tools_find(
        models.FindRequest(level="Series", query={"Modality": "CT"}, expand=True, limit=5),
    )
    series = [item for item in found if isinstance(item, models.SeriesInfo)]
    first = series[0]
    print(f"  {len(series)} CT series; the first one has {len(first.instances)} instances, status {first.status}")
    return first


def show_tags(client: Orthanc, series: models.SeriesInfo) -> None:
    instance = series.instances[0]
    simplified = client.get_instances_id_simplified_tags(instance)
    print(f"  {simplified['PatientName']}, {simplified['Modality']}, {simplified['Rows']} x {simplified['Columns']}")
    full = client.get_instances_id_tags(instance)
    print(f"  0010,0020 is {full['0010,0020'].name} = {full['0010,0020'].value}")


def download(client: Orthanc, series: models.SeriesInfo) -> None:
    with TemporaryDirectory() as folder:
        archive = Series(series.id, client).download(folder, filename="series.zip")
        with zipfile.ZipFile(archive) as zipped:
            print(f"  {archive.name}, {archive.stat().st_size:,} bytes: {', '.join(zipped.namelist())}")
        report = download_tree(Series(series.id, client), folder)
        print(f"  {report}: {report[0].relative_to(folder)}")


def show_errors(client: Orthanc) -> None:
    try:
        client.get_studies_id("00000000-00000000-00000000-00000000-00000000")
    except NotFound as error:
        print(f"  NotFound: {error}")
    try:
        client.post_tools_find({"Level": "Study", "Query": {}, "Limits": 10})
    except InvalidArgument as error:
        print(f"  InvalidArgument, nothing was sent: {error}")
    try:
        client.delete_studies_id("../changes")
    except InvalidArgument as error:
        print(f"  InvalidArgument, nothing was sent: {error}")


def main() -> int:
    print("Starting a private Orthanc 1.13 (the first time it is fetched, which takes a minute at most) ...")
    with LocalOrthanc("1.13") as server:
        client = server.client
        for title, step in (("Upload", upload_files), ("System", show_system), ("Lists", show_lists)):
            print(title)
            step(client)
        print("Find")
        series = find(client)
        print("Tags")
        show_tags(client, series)
        print("Download")
        download(client, series)
        print("Errors")
        show_errors(client)
    return 0


if __name__ == "__main__":
    sys.exit(main())
