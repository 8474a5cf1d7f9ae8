"""Makes programs and projects, lists and opens them, and deletes one."""
import json
import sys

import requests
from gen3.auth import Gen3Auth
from gen3.submission import Gen3Submission

sub = Gen3Submission(Gen3Auth(refresh_file=sys.argv[1]))
program = {"type": "program", "name": "SDK", "dbgap_accession_number": "SDK"}


def project(code):
    return {"type": "project", "code": code, "name": code, "dbgap_accession_number": code}


answer = {"program": sub.create_program(program), "program_again": sub.create_program(program)}
answer["project"] = sub.create_project("SDK", project("one"))
answer["project_again"] = sub.create_project("SDK", project("one"))
sub.create_project("SDK", project("gone"))
answer["programs"] = sub.get_programs()
answer["projects"] = sub.get_projects("SDK")
try:
    answer["opened"] = sub.open_project("SDK", "one")
except requests.exceptions.HTTPError as error:
    answer["opened"] = error.response.status_code
answer["deleted"] = sub.delete_project("SDK", "gone").status_code
answer["projects_left"] = sub.get_projects("SDK")
answer["project_dictionary"] = sub.get_project_dictionary("SDK", "one")
print(json.dumps(answer, default=str))
