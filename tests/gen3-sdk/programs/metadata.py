"""Makes, reads, finds, changes and deletes metadata documents."""
import json
import sys

import requests
from gen3.auth import Gen3Auth
from gen3.metadata import Gen3Metadata

auth = Gen3Auth(refresh_file=sys.argv[1])
mds = Gen3Metadata(auth_provider=auth)
answer = {"healthy": mds.is_healthy(), "version": mds.get_version()}
blob = {"_guid_type": "discovery_metadata", "gen3_discovery": {"name": "One"}}
answer["created"] = mds.create("dg.SDK/m1", blob)
try:
    mds.create("dg.SDK/m1", {"x": 1})
    answer["again"] = "made"
except requests.exceptions.HTTPError as error:
    answer["again"] = error.response.status_code
answer["read"] = mds.get("dg.SDK/m1")
answer["batch"] = mds.batch_create([{"guid": "m2", "data": blob}])
answer["found"] = mds.query("_guid_type=discovery_metadata")
answer["full"] = mds.query("_guid_type=discovery_metadata", return_full_metadata=True)
answer["updated"] = mds.update("dg.SDK/m1", {"y": 2}, merge=True)
answer["aliased"] = mds.create_aliases("dg.SDK/m1", ["alias"])
answer["aliases"] = mds.get_aliases("dg.SDK/m1")
answer["by_alias"] = mds.get("alias")
mds.delete_alias("dg.SDK/m1", "alias")
mds.create_index_key_path("gen3_discovery.name")
answer["paths"] = mds.get_index_key_paths()
mds.delete_index_key_path("gen3_discovery.name")
answer["deleted"] = mds.delete("dg.SDK/m1")
answer["left"] = mds.query("_guid_type=discovery_metadata")
print(json.dumps(answer))
