"""Uploads a file by a link, downloads it again, and deletes it."""
import json
import os
import sys

import requests
from gen3.auth import Gen3Auth
from gen3.file import Gen3File

auth = Gen3Auth(refresh_file=sys.argv[1])
files = Gen3File(auth)
content = os.urandom(300_000)
up = files.upload_file("reads é.bin")
put = requests.put(up["url"], data=content)
link = files.get_presigned_url(up["guid"])
files.download_single(up["guid"], "down")
with open(os.path.join("down", "reads é.bin"), "rb") as file:
    same = file.read() == content
again = files.upload_file_to_guid(up["guid"], "reads é.bin")
deleted = files.delete_file_locations(up["guid"])
print(json.dumps({"put": put.status_code, "link": link, "same": same, "again": again, "deleted": getattr(deleted, "status_code", deleted)}))
