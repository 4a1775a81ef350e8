"""The Python in README and guide runs, on a real server, as it stands there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from orthanc_sdk import Orthanc, models
from orthanc_sdk.testing import LocalOrthanc, make_study, to_bytes

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def server() -> Iterator[LocalOrthanc]:
    pacs = LocalOrthanc("1.13", dicom_aet="PACS")
    known = {"DicomModalities": {"MY_PACS": pacs.modality_configuration()}}
    with pacs, LocalOrthanc("1.13", dicom_aet="HERE", plugins=["dicom-web"], config=known) as server:
        pacs.client.put_modalities_id("HERE", dict(server.modality_configuration()))
        for dataset in make_study(series=1, instances=2, seed="remote", PatientID="REMOTE"):
            pacs.client.post_instances(to_bytes(dataset))
        for dataset in make_study(series=1, instances=2, seed="documentation"):
            server.client.post_instances(to_bytes(dataset))
        yield server


def test_there_are_examples() -> None:
    assert len(blocks(ROOT / "README.md")) >= 6
    assert sum(len(blocks(page)) for page in PAGES) >= 12


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=lambda page: page.name)
def test_page(
    page: Path,
    server: LocalOrthanc,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ct.dcm").write_bytes(to_bytes(next(iter(make_study(seed="documentation")))))
    study_id = server.client.get_studies()[0]
    for name in ("authority.pem", "client.pem", "client.key"):
        (tmp_path / name).touch()
    names: dict[str, object] = {
        "client": server.client,
        "models": models,
        "id_": server.client.get_studies_id(study_id).series and server.client.get_instances()[0],
        "study_id": study_id,
    }
    for block in blocks(page):
        if file := re.match(r"# (\w+\.py)\n", block):  # a file, which the next block uses
            (tmp_path / file[1]).write_text(block, encoding="utf-8")
            continue
        # The one thing that a reader changes, too.
        code = block.replace(
            'Orthanc("http://localhost:8042", username="orthanc", password="orthanc")',
            f"Orthanc({server.url!r}, username={server.username!r}, password={server.password!r})",
        )
        exec(compile(code, f"{page.name}:\n{block}", "exec"), names)  # that is the test
    if page.name == "README.md":
        printed = capsys.readouterr().out
        assert "1.13.0" in printed
        assert "404 GET /studies/{id}" in printed
        assert "POST /tools/find: json: Limits: unknown field, did you mean Limit?" in printed
        assert isinstance(names["client"], Orthanc)
