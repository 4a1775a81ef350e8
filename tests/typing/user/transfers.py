"""Uploading and downloading, as a user of a type checker sees it."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, assert_type

from pydicom.dataset import Dataset

from orthanc_sdk import (
    DownloadedFile,
    DownloadReport,
    DownloadStatus,
    Instance,
    Job,
    Orthanc,
    Patient,
    Progress,
    Study,
    TransferFailed,
    UploadedFile,
    UploadReport,
    UploadSource,
    UploadStatus,
    download_tree,
    find_series,
    iter_studies,
    upload,
)


def sources(client: Orthanc, file: BinaryIO, dataset: Dataset, datasets: Iterator[Dataset]) -> None:
    assert_type(upload(client, "folder"), UploadReport)
    assert_type(upload(client, Path("folder"), workers=4, check_before_upload=True), UploadReport)
    several: list[UploadSource] = [b"", bytearray(), memoryview(b""), io.BytesIO(), file, dataset]
    for one in several:
        upload(client, one)
    upload(client, [Path("a"), Path("b")], labels=["x"], labels_level="Patient")
    upload(client, [b"", dataset], labels="x", progress=False)
    upload(client, datasets, report=UploadReport(client, "report.jsonl"))


def report(client: Orthanc) -> None:
    done = upload(client, "folder", progress=lambda done, total: print(done, total))
    assert_type(list(done), list[Instance])
    assert_type(done[0], Instance)
    assert_type(done[0:2], list[Instance])
    assert_type(done.files, list[UploadedFile])
    assert_type(done.counts, Mapping[UploadStatus, int])
    assert_type(done.counts["already stored"], int)
    file = done.failures[0]
    assert_type(file.status, UploadStatus)
    assert_type(file.reason, str | None)
    assert_type(file.instance, Instance | None)
    if file.status == "rejected":
        print(file.name)
    try:
        done.raise_for_failures()
    except TransferFailed as failed:
        assert_type(failed.report, UploadReport | DownloadReport | None)


def downloads(patient: Patient, study: Study, instance: Instance, job: Job[bytes], file: BinaryIO) -> None:
    assert_type(patient.download("a.zip"), Path)
    assert_type(study.download(Path("a.zip"), media=True, extended=True, transcode="1.2.840.10008.1.2"), Path)
    assert_type(study.download("folder", filename="a.zip", as_job=True, progress=True), Path)
    assert_type(study.download(file), None)
    study.download(io.BytesIO())
    assert_type(instance.download("a.dcm"), Path)
    assert_type(instance.attachments["dicom"].download("a.dcm"), Path)
    assert_type(job.download("a.zip"), Path)
    job.download(file)


def trees(client: Orthanc, patient: Patient, how: Progress) -> None:
    assert_type(download_tree(patient, "folder"), DownloadReport)
    download_tree([patient, *patient.studies], Path("folder"), verify="md5", workers=2, progress=how)
    download_tree(find_series(client), "folder")
    done = download_tree(iter_studies(client), "folder")
    assert_type(list(done), list[Path])
    assert_type(done.files, list[DownloadedFile])
    assert_type(done.files[0].status, DownloadStatus)
    assert_type(done.files[0].path, Path)
    assert_type(done.files[0].error, Exception | None)
