"""Bodies that are mistakes."""

import orthanc_sdk.models
from orthanc_sdk import models
from orthanc_sdk.models import AnonymizeRequest, FindRequest, StudyInfoo  # E: no such model

AnonymizeRequest(kep=["PatientName"])  # E: misspelt
AnonymizeRequest(Keep=["PatientName"])  # E: Orthanc's spelling is for mappings
AnonymizeRequest(keep=[1])  # E: tags are text
AnonymizeRequest(keep=True)  # E: a list
AnonymizeRequest(force="yes")  # E: a flag
AnonymizeRequest(dicom_version="2024a")  # E: an edition that there is not
AnonymizeRequest(["PatientName"])  # E: fields have names
AnonymizeRequest(replace=["PatientName"])  # E: a mapping
AnonymizeRequest(replace={"PatientName": 5})  # E: values are text
AnonymizeRequest(priority="high")  # E: a number
AnonymizeRequest(remove_private_tags=True)  # E: a field of another request
AnonymizeRequest(user_data={1, 2})  # E: no JSON

FindRequest()  # E: level and query are missing
FindRequest(level="Study")  # E: the query is missing
FindRequest(level="Studdy", query={})  # E: misspelt
FindRequest(level="Study", query="A*")  # E: a mapping
FindRequest(level="Study", query={"PatientName": None})  # E: values are text
FindRequest(level="Study", query={}, limit="5")  # E: a number
FindRequest(level="Study", query={}, labels_constraint="Some")  # E: a word that there is not
FindRequest(level="Study", query={}, order_by=["StudyDate"])  # E: keys are models
FindRequest(level="Study", query={}, response_content=["Everything"])  # E: a word that there is not

models.OrderBy(type="DicomTag", key="StudyDate")  # E: the direction is missing
models.OrderBy(type="Tag", key="StudyDate", direction="ASC")  # E: a word that there is not
models.ModalityRequest(aet="A", host="b")  # E: the port is missing
models.ModalityRequest(aet="A", host="b", port=1.5)  # E: a whole number
models.BulkDeleteRequest(resources=[5])  # E: identifiers are text
models.PeerRequest(url=5)  # E: text
models.MergeStudyRequest()  # E: the resources are missing
models.Anonymize  # E: no such model
orthanc_sdk.models.findRequest  # E: no such model


def levels() -> models.FindRequest:
    request = models.FindRequest(level="Study", query={})
    request.levl = "Series"  # E: misspelt
    request.limit = "5"  # E: a number
    return request
