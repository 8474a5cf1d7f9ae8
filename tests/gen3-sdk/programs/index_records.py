"""Makes, reads, changes, versions, finds and deletes index records."""
import json
import sys

from gen3.auth import Gen3Auth
from gen3.index import Gen3Index

index = Gen3Index(Gen3Auth(refresh_file=sys.argv[1]))
md5 = "d41d8cd98f00b204e9800998ecf8427e"
hashes = {"md5": md5}
answer = {"healthy": index.is_healthy(), "stats": index.get_stats()}
record = index.create_record(hashes=hashes, size=7, did="dg.SDK/one", urls=["s3://bucket/one"], file_name="one.txt",
                             metadata={"lab": "a"}, authz=["/programs/SDK/projects/one"])
answer["created"] = record
answer["read"] = index.get_record("dg.SDK/one")
answer["got"] = index.get("dg.SDK/one", dist_resolution=False)
answer["missing"] = index.get_record("dg.SDK/none")
answer["updated"] = index.update_record("dg.SDK/one", file_name="two.txt", version="1")
answer["found"] = index.get_with_params({"hashes": hashes, "size": 7, "metadata": {"lab": "a"}})
answer["bulk"] = index.get_records(["dg.SDK/one"])
answer["urls"] = index.get_urls(size=7, hashes="md5:" + md5)
answer["query"] = index.query_urls("bucket/one")
newer = index.create_new_version("dg.SDK/one", hashes=hashes, size=8, urls=[], authz=["/programs/SDK/projects/one"])
answer["newer"] = newer
answer["latest"] = index.get_latest_version("dg.SDK/one")
answer["versions"] = index.get_versions("dg.SDK/one")
blank = index.create_blank(uploader="root@example.org", file_name="blank.txt")
answer["blank"] = blank
answer["filled"] = index.update_blank(blank["did"], blank["rev"], hashes=hashes, size=3)
answer["all"] = [each["did"] for each in index.get_all_records(limit=1, paginate=True)]
answer["page"] = [each["did"] for each in index.get_records_on_page(limit=2, page=0)]
answer["guids"] = index.get_valid_guids(2)
answer["prefix"] = index.get_guids_prefix()
for did in ("dg.SDK/one", newer["did"], blank["did"]):
    index.delete_record(did)
answer["left"] = index.get_all_records()
print(json.dumps(answer, default=str))
