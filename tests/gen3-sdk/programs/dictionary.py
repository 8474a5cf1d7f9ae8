"""Reads the data dictionary and the GraphQL schema which the SDK does without its token."""
import json
import sys

from gen3.auth import Gen3Auth
from gen3.submission import Gen3Submission

sub = Gen3Submission(Gen3Auth(refresh_file=sys.argv[1]))
everything = sub.get_dictionary_all()
schema = sub.get_graphql_schema()
print(json.dumps({
    "kinds": sorted(name for name in everything if not name.startswith("_")),
    "case": sub.get_dictionary_node("case").get("id"),
    "missing": sub.get_dictionary_node("no_such_kind"),
    "schema": schema,
}))
