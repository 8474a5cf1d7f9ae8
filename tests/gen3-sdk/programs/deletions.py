"""Deletes whole kinds of records, in the rounds of 100 that the SDK makes of it."""
import json
import sys

import requests
from gen3.auth import Gen3Auth
from gen3.submission import Gen3Submission

sub = Gen3Submission(Gen3Auth(refresh_file=sys.argv[1]))


def status(call):
    try:
        call()
        return 200, ""
    except requests.exceptions.HTTPError as error:
        return error.response.status_code, error.response.text


sub.submit_record("SDK", "one", [
    {"type": "experiment", "submitter_id": "deletions", "projects": {"code": "one"}},
    *[{"type": "case", "submitter_id": f"many-{number}", "experiments": {"submitter_id": "deletions"}} for number in range(250)],
])
answer = {"blocked": status(lambda: sub.delete_node("SDK", "one", "experiment", verbose=False))}
sub.delete_nodes("SDK", "one", ["case"], verbose=False)
answer["left"] = sub.export_node("SDK", "one", "case", "json")
answer["unknown"] = status(lambda: sub.delete_record("SDK", "one", "00000000-0000-4000-8000-000000000000"))
print(json.dumps(answer))
