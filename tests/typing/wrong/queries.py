"""Searches that are mistakes: both checkers find each of them, and nothing else."""

from datetime import date

from orthanc_sdk import Orthanc, Patient, Study, StudyQuery, find_patients, find_series, find_studies


def values(client: Orthanc, day: date) -> None:
    find_studies(client, query={"StudyDate": 20240131})  # E: a number is no date
    find_studies(client, query={"StudyDate": (day, day, day)})  # E: a range has two ends
    find_studies(client, query={"PatientID": b"A-1"})  # E: text
    find_studies(client, query={"PatientID": 17})  # E: text
    find_studies(client, query={"StudyDate": {"from": day}})  # E: a pair
    find_series(client, query={"Modality": object()})  # E: text
    find_studies(client, query=["StudyDate"])  # E: a mapping
    wrong: StudyQuery = {"StudyDat": day}  # E: misspelt
    print(wrong)


def keywords(client: Orthanc, patient: Patient, study: Study) -> None:
    find_studies(client, querry={})  # E: misspelt
    find_studies(client, limit="10")  # E: a number
    find_studies(client, prefetch="studies")  # E: nothing that is below
    find_series(client, prefetch="series")  # E: likewise
    find_patients(client, parent=patient)  # E: there is nothing above
    find_studies(client, parent=study)  # E: a study is not below a study
    find_studies(client, labels_constraint="any")  # E: a word that there is not
    patient.anonymize(kep=["PatientSex"])  # E: misspelt
    patient.anonymize(remove_private_tags=True)  # E: is for modifying
    study.modify(replace=["PatientName"])  # E: a mapping
    study.series[0].instances[0].modify(priority=3)  # E: there is no job
    patient.anonymize_as_job().content.target_study  # E: not of this job
