"""Calls that are mistakes: both checkers find each of them, and nothing else."""

from collections.abc import Sequence

from orthanc_sdk import Orthanc, OrthancHTTPError, models, raw_response


def arguments(client: Orthanc, id_: str, number: int, names: Sequence[str]) -> None:
    client.get_studies_id(number)  # E: an identifier is text
    client.get_studies_id(id=id_)  # E: there is no such argument
    client.get_studies_id()  # E: an identifier is missing
    client.get_studies_id(id_, True)  # E: arguments of the query have names
    client.get_studies(True)  # E: likewise
    client.get_studies(expend=True)  # E: misspelt
    client.get_studies(expand="true")  # E: a flag
    client.get_studies(since="0")  # E: a number
    client.get_studies(response_content=["Label"])  # E: a word that there is not
    client.get_studies(response_content="Labels")  # E: a list of words
    client.get_studies(requested_tags=[16])  # E: tags are text
    client.get_tools_generate_uid(level="Study")  # E: in lower case
    client.get_tools_generate_uid()  # E: the level is missing
    client.get_instances_id_frames_frame_raw(id_, "0")  # E: a frame is a number
    client.get_studies_id_metadata_name(id_)  # E: the name is missing
    client.get_studies_id_metadata_name(id_, "a", if_none_match=1)  # E: an ETag is text
    client.get_instances_id_file(id_, accept=True)  # E: a media type
    client.get_system(timeout="5")  # E: seconds are a number
    client.get_studies_id_statistics(id_, expand=True)  # E: there is nothing to expand
    client.post_tools_find()  # E: the body is missing
    client.post_tools_find(names)  # E: a body of another kind
    client.post_tools_find(models.AnonymizeRequest())  # E: the body of another route
    client.post_tools_find({"Level": "Study"}, expand=True)  # E: belongs into the body
    client.post_studies_id_merge(id_)  # E: the body is missing
    client.put_tools_log_level("loud")  # E: a word that there is not
    client.put_tools_log_level()  # E: the body is missing
    client.put_patients_id_protected(id_, 1)  # E: a flag
    client.put_studies_id_metadata_name(id_, "a", 5)  # E: text or bytes
    client.post_instances(names)  # E: text is not a file
    client.get_study(id_)  # E: no such route
    client.getStudies()  # E: likewise


def answers(client: Orthanc, id_: str) -> None:
    client.get_studies()[0].id  # E: identifiers only
    client.get_studies(expand=True)[0].study_date  # E: no such field
    client.get_studies_id(id_).StudyDate  # E: no such field
    client.get_studies_id(id_).last_update.year  # E: may be missing
    client.get_studies_id(id_).id = "other"  # E: answers are read-only
    client.get_studies(response_content=["Labels"])[0].series[0]  # E: may not have been asked for
    client.get_studies_id_metadata_name(id_, "a", if_none_match="b").upper()  # E: None if it has not changed
    client.post_studies_id_anonymize(id_).instances_count  # E: may be a reference to a job
    client.get_jobs_id(id_).content.target_study  # E: not of every job
    client.get_instances_id_tags(id_, simplify=True)["PatientName"].upper()  # E: may be a sequence, or nothing
    client.get_instances_id_tags(id_)["0010,0010"].value.upper()  # E: likewise
    client.get_instances_id_file(id_, accept="application/dicom+json").decode()  # E: no bytes
    client.get_modalities(expand=True)["pacs"].hots  # E: misspelt
    wrong: str = client.get_studies_id_statistics(id_).disk_size  # E: a number
    print(wrong)


def others(client: Orthanc, id_: str, error: OrthancHTTPError) -> None:
    raw_response(client.get_studies_id)  # E: the identifier is missing
    raw_response(client.get_studies_id, id_, full="yes")  # E: a flag
    raw_response(client.get_studies_id, 5)  # E: an identifier is text
    client.request("GET")  # E: the path is missing
    error.status = "404"  # E: a number
    error.orthanc_status + 1  # E: may be missing
    error.info.details.upper()  # E: both may be missing
    Orthanc("http://localhost", user="orthanc")  # E: no such argument
    Orthanc("http://localhost", "orthanc", "orthanc", 5)  # E: has a name
    Orthanc(timeout="5")  # E: seconds are a number
