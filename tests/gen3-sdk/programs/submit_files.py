"""Submits tables of cases in every size and state; prints what the SDK made of the answers."""
import csv
import io
import json
import sys

from gen3.auth import Gen3Auth
from gen3.submission import Gen3Error, Gen3Submission

sub = Gen3Submission(Gen3Auth(refresh_file=sys.argv[1]))
sub.submit_record("SDK", "one", {"type": "experiment", "submitter_id": "files", "projects": {"code": "one"}})


def row(name, **more):
    return {"type": "case", "submitter_id": name, "experiments.submitter_id": "files", **more}


def rows(prefix, count):
    return [row(f"{prefix}-{number}") for number in range(count)]


def submit(name, table, delimiter="\t", extension="tsv", header=None):
    columns = list(dict.fromkeys(key for each in table for key in each))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header or columns)
    for each in table:
        writer.writerow([each.get(column, "") for column in columns])
    path = f"{name}.{extension}"
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.getvalue())
    return outcome(path)


def outcome(path):
    try:
        result = sub.submit_file("SDK-one", path)
        return {"succeeded": result["succeeded"], "invalid": result["invalid"], "other": [str(each) for each in result["other"]]}
    except Gen3Error as error:
        return {"error": str(error)}


answer = {}
for count in (1, 29, 30, 31, 60):
    answer[f"rows{count}"] = submit(f"rows{count}", rows(f"n{count}", count))
one_bad = rows("bad1", 30)
one_bad[7]["index_date"] = "Never"
answer["one_invalid"] = submit("one_invalid", one_bad)
answer["all_invalid"] = submit("all_invalid", [row(f"bad2-{number}", index_date="Never") for number in range(3)])
answer["no_submitter_id"] = submit("no_submitter_id", [row("with"), row("")])
answer["wrong_type"] = submit("wrong_type", [{**row("typed"), "type": "cases"}])
answer["multi_line"] = submit("multi_line", [row("lines", disease_type='first\nsecond "quoted"\tand tab')])
answer["stars"] = submit("stars", [row("starred", disease_type="x")], header=["*type", "*submitter_id", "*experiments.submitter_id", "disease_type"])
answer["array"] = submit("array", [row("array", consent_codes="a,b")])
answer["csv"] = submit("comma", [row("comma")], delimiter=",", extension="csv")
answer["echo"] = submit("echo", [row("echo", index_date="Request Timeout")])
try:
    import pandas
    pandas.DataFrame([row("sheet")]).to_excel("sheet.xlsx", index=False)
    answer["xlsx"] = outcome("sheet.xlsx")
except ImportError:
    answer["xlsx"] = None
answer["lines"] = sub.export_node("SDK", "one", "case", "json")["data"]
print(json.dumps(answer, default=str))
