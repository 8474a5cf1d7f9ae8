"""Submits records as JSON, exports them, and submits the export again."""
import json
import sys

import requests
from gen3.auth import Gen3Auth
from gen3.submission import Gen3Submission

sub = Gen3Submission(Gen3Auth(refresh_file=sys.argv[1]))
experiment = {"type": "experiment", "submitter_id": "records", "projects": {"code": "one"}}


def case(name, **more):
    return {"type": "case", "submitter_id": name, "experiments": {"submitter_id": "records"}, **more}


def status(call):
    try:
        call()
        return 200
    except requests.exceptions.HTTPError as error:
        return error.response.status_code, error.response.text


def as_json(text):
    return json.loads(text) if isinstance(text, str) else text


answer = {"together": as_json(sub.submit_record("SDK", "one", [case("child"), experiment]))}
made = as_json(sub.submit_record("SDK", "one", case("single", consent_codes=["a", "b"])))
answer["single"] = made
answer["refused"] = status(lambda: sub.submit_record("SDK", "one", case("bad", index_date="Never")))
uuid = made["entities"][0]["id"]
answer["record"] = sub.export_record("SDK", "one", uuid, "json")
table = sub.export_node("SDK", "one", "case", "tsv")
answer["header"] = table.split("\n", 1)[0]
with open("export.tsv", "w", encoding="utf-8", newline="") as file:
    file.write(table)
answer["again"] = sub.submit_file("SDK-one", "export.tsv")
answer["after"] = sub.export_node("SDK", "one", "case", "tsv") == table
print(json.dumps(answer, default=str))
