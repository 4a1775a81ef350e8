"""Uploads and downloads that are mistakes."""

import io

from orthanc_sdk import Orthanc, Study, UploadReport, download_tree, upload


def up(client: Orthanc) -> None:
    upload("folder")  # E: the client is missing
    upload(client, 5)  # E: no source
    upload(client, None)  # E: no source
    upload(client, "folder", True)  # E: options have names
    upload(client, "folder", recursive=True)  # E: there is no such option
    upload(client, "folder", workers="8")  # E: a number
    upload(client, "folder", labels=[1])  # E: labels are text
    upload(client, "folder", labels_level="study")  # E: in upper case
    upload(client, "folder", progress="bar")  # E: a flag, or a function
    upload(client, "folder", progress=lambda done: None)  # E: it is told two numbers
    upload(client, "folder", report="report.jsonl")  # E: a report
    UploadReport("report.jsonl")  # E: the client is missing
    done = upload(client, "folder")
    done.counts["lost"]  # E: a status that there is not
    done.files[0].stat  # E: misspelt
    done.files[0].instance.id  # E: it may be None
    done.files[0].status == "done"  # E: a status that there is not


def down(study: Study) -> None:
    study.download()  # E: the target is missing
    study.download(5)  # E: no target
    study.download(io.StringIO())  # E: a text file
    study.download("a.zip", "b.zip")  # E: options have names
    study.download("a.zip", with_progress=True)  # E: there is no such option
    study.download("a.zip", as_job="yes")  # E: a flag
    study.series[0].instances[0].download("a.dcm", media=True)  # E: one file
    download_tree(study)  # E: the folder is missing
    download_tree("study", "folder")  # E: no resource
    download_tree([study.id], "folder")  # E: no resources
    download_tree(study, "folder", verify="crc")  # E: a word that there is not
