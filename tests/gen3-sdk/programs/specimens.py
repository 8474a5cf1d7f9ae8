"""Submits an analyte and its aliquot in one request, as the data model's users do, and the same with a wrong type."""
import json
import sys

import requests
from gen3.auth import Gen3Auth
from gen3.submission import Gen3Submission

auth = Gen3Auth(refresh_file=sys.argv[1])
sub = Gen3Submission(auth)
sub.create_program({"type": "program", "name": "TREE", "dbgap_accession_number": "TREE"})
sub.create_project("TREE", {"type": "project", "code": "oak", "name": "oak", "dbgap_accession_number": "oak", "state": "open"})


def post(documents):
    answer = requests.post(auth.endpoint + "/api/v0/submission/TREE/oak", json=documents, auth=auth)
    return {"status": answer.status_code, "body": answer.json()}


def pair(name, kind):
    return [
        {"type": "aliquot", "submitter_id": f"{name}-aliquot", "source_center": "23", "concentration": 0.07, "analytes": {"submitter_id": f"{name}-analyte"}},
        {"type": kind, "submitter_id": f"{name}-analyte", "analyte_type": "DNA", "analyte_type_id": "D", "amount": 10.98, "portions": {"submitter_id": "portion"}},
    ]


answer = {
    "parents": post([
        {"type": "case", "submitter_id": "case", "disease_type": "Gliomas", "primary_site": "Brain", "projects": {"code": "oak"}},
        {
            "type": "sample", "submitter_id": "sample", "cases": {"submitter_id": "case"}, "preservation_method": "Frozen",
            "specimen_type": "Solid Tissue", "tissue_type": "Tumor", "tumor_descriptor": "Primary",
        },
        {"type": "portion", "submitter_id": "portion", "samples": {"submitter_id": "sample"}},
    ]),
    "good": post(pair("good", "analyte")),
    "bad": post(pair("bad", "analytes")),
}
answer["left"] = [each["submitter_id"] for each in sub.export_node("TREE", "oak", "aliquot", "json")["data"]]
print(json.dumps(answer))
