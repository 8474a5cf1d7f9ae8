"""Tries to write where nothing may be written; prints the statuses that came back."""
import json
import sys

import requests
from gen3.auth import Gen3Auth
from gen3.metadata import Gen3Metadata
from gen3.submission import Gen3Submission

auth = Gen3Auth(refresh_file=sys.argv[1])
answer = {}


def attempt(name, call):
    try:
        call()
        answer[name] = "allowed"
    except requests.exceptions.HTTPError as error:
        answer[name] = error.response.status_code


attempt("metadata", lambda: Gen3Metadata(auth_provider=auth).create("forbidden", {}))
attempt("program", lambda: Gen3Submission(auth).create_program({"type": "program", "name": "no", "dbgap_accession_number": "no"}))
print(json.dumps(answer))
