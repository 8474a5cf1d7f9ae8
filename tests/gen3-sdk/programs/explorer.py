"""Asks the explorer's flat queries, and downloads a project as one table for each kind of record."""
import json
import sys

import requests
from gen3.auth import Gen3Auth
from gen3.query import Gen3Query
from gen3.submission import Gen3Submission

auth = Gen3Auth(refresh_file=sys.argv[1])
sub, query = Gen3Submission(auth), Gen3Query(auth)
sub.submit_record("SDK", "one", [
    {"type": "experiment", "submitter_id": "explored", "projects": {"code": "one"}},
    *[
        {"type": "case", "submitter_id": f"explored-{number:02}", "disease_type": "x" if number % 2 else "y", "experiments": {"submitter_id": "explored"}}
        for number in range(12)
    ],
])
mine = {"AND": [{"=": {"disease_type": "x"}}, {"in": {"submitter_id": [f"explored-{number:02}" for number in range(12)]}}]}
answer = {
    "default": query.query("case", ["submitter_id"]),
    "chosen": query.query("case", ["submitter_id", "disease_type"], first=3, offset=1, filter_object=mine, sort_object={"submitter_id": "desc"}),
    "none": query.query("case", ["submitter_id"], filters={"submitter_id": "explored-99"}),
    "far": query.query("case", ["submitter_id"], first=4, offset=10_000),
    "rows": query.raw_data_download("case", ["submitter_id", "project_id"], filter_object=mine, sort_fields=[{"submitter_id": "asc"}], first=2, offset=1),
    "counted": query.graphql_query("query($filter: JSON){_aggregation{case(filter: $filter){_totalCount disease_type{histogram{key count}}}}}", {"filter": mine}),
}
try:
    query.query("no_such_index", ["submitter_id"])
except requests.exceptions.HTTPError as error:
    answer["mistake"] = error.response.status_code
# what notebooks do to fetch a project: every kind, its number of records, its table
kinds = [each["id"] for each in sub.query("{_node_type (first:-1){id}}")["data"]["_node_type"]]
kinds = [kind for kind in kinds if kind not in ("program", "project") and not kind.startswith("_")]
answer["tables"] = {}
for kind in kinds:
    try:
        count = sub.query(f'{{_{kind}_count (project_id:"SDK-one")}}')["data"][f"_{kind}_count"]
    except Exception as error:
        answer["tables"][kind] = str(error)
        continue
    if count > 0:
        answer["tables"][kind] = [count, len(sub.export_node("SDK", "one", kind, "tsv").strip().split("\n")) - 1]
answer["manifest"] = sub.get_project_manifest("SDK", "one").text
print(json.dumps(answer))
