"""Signs in with credentials.json, and optionally to another address than its own; prints what the server answers."""
import json
import sys

from gen3.auth import Gen3Auth, Gen3AuthError
from gen3.submission import Gen3Submission

path = sys.argv[1]
endpoint = sys.argv[2] if len(sys.argv) > 2 else None
try:
    auth = Gen3Auth(refresh_file=path, endpoint=endpoint) if endpoint else Gen3Auth(refresh_file=path)
    programs = Gen3Submission(auth).get_programs()
    user = auth.curl("/user/user").json()
    print(json.dumps({"endpoint": auth.endpoint, "programs": programs, "user": user}))
except Gen3AuthError as error:
    print(json.dumps({"error": str(error)}))
