"""Asks by GraphQL, with variables and with mistakes."""
import json
import sys

from gen3.auth import Gen3Auth
from gen3.submission import Gen3Submission, Gen3SubmissionQueryError

sub = Gen3Submission(Gen3Auth(refresh_file=sys.argv[1]))
sub.submit_record("SDK", "one", [
    {"type": "experiment", "submitter_id": "asked", "projects": {"code": "one"}},
    *[{"type": "case", "submitter_id": f"asked-{number}", "experiments": {"submitter_id": "asked"}} for number in range(12)],
])
answer = {
    "default": sub.query('{case(project_id: "SDK-one"){submitter_id}}'),
    "all": sub.query('{case(project_id: "SDK-one", first: 0){submitter_id}}'),
    "minus": sub.query('{case(project_id: "SDK-one", first: -1){submitter_id}}'),
    "variables": sub.query("query($p: [String]){project(project_id: $p){project_id code}}", {"p": ["SDK-one"]}),
    "kinds": sub.query("{_node_type(first: -1){id}}"),
    "count": sub.query('{_case_count(project_id: "SDK-one")}'),
    "path": sub.query('{project(first: 0, with_path_to: {type: "case", submitter_id: "asked-3"}){project_id}}'),
    "nodes": sub.query('{node(first: 0, of_type: "experiment"){project_id}}'),
}
try:
    sub.query("{no_such_kind{id}}")
    answer["mistake"] = None
except Gen3SubmissionQueryError as error:
    answer["mistake"] = str(error)
print(json.dumps(answer))
