"""The same work in requests that are written by hand: what no client can do in less."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests

from benchmarks.contenders.worker import PIECE, Task, Work, files_in, files_of_archive, run


def prepare(task: Task) -> Mapping[str, Work]:
    """What can be done, with a session that is connected."""
    session = requests.Session()
    session.trust_env = False
    session.auth = task.username, task.password
    session.get(f"{task.url}/system").raise_for_status()

    def found(level: str) -> Iterable[dict[str, Any]]:
        since = 0
        while True:
            body: dict[str, Any] = {"Level": level, "Query": {}, "Expand": True, "Since": since, "Limit": 1000}
            response = session.post(f"{task.url}/tools/find", json=body)
            response.raise_for_status()
            page: list[dict[str, Any]] = response.json()
            yield from page
            if len(page) < 1000:
                return
            since += len(page)

    def find() -> list[object]:
        return [
            (
                _date(tags.get("StudyDate")),
                tags.get("StudyDescription"),
                tags["StudyInstanceUID"],
                tags.get("AccessionNumber"),
            )
            for tags in (study["MainDicomTags"] for study in found("Study"))
        ]

    def walk() -> list[object]:
        patients, studies, series = (
            {one["ID"]: one for one in found(level)} for level in ("Patient", "Study", "Series")
        )
        walked: list[object] = []
        for instance in found("Instance"):
            parent = series[instance["ParentSeries"]]
            study = studies[parent["ParentStudy"]]
            patient = patients[study["ParentPatient"]]
            walked.append(
                (
                    patient["MainDicomTags"]["PatientName"],
                    _date(study["MainDicomTags"]["StudyDate"]),
                    parent["MainDicomTags"]["Modality"],
                    instance["MainDicomTags"]["SOPInstanceUID"],
                )
            )
        return walked

    def upload() -> int:
        return sum(_post(session, task.url, path) for path in sorted(task.path.iterdir()))

    def series_as_files() -> Work:
        response = session.get(f"{task.url}/series/{task.id}")
        response.raise_for_status()
        task.path.mkdir(exist_ok=True)

        def save(id_: str) -> None:
            answer = session.get(f"{task.url}/instances/{id_}/file")
            answer.raise_for_status()
            (task.path / f"{id_}.dcm").write_bytes(answer.content)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(save, response.json()["Instances"]))
        return lambda: files_in(task.path)

    def archive() -> Work:
        path = task.path / "archive.zip"
        with (
            session.get(f"{task.url}/studies/{task.id}/archive", stream=True) as response,
            path.open("wb") as file,
        ):
            response.raise_for_status()
            for piece in response.iter_content(PIECE):
                file.write(piece)
        return lambda: files_of_archive(path)

    return {"find": find, "walk": walk, "upload": upload, "series as files": series_as_files, "archive": archive}


def _post(session: requests.Session, url: str, path: Path) -> int:
    response = session.post(f"{url}/instances", data=path.read_bytes())
    response.raise_for_status()
    return 1


def _date(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


if __name__ == "__main__":
    run(prepare)
