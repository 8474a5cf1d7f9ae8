"""Signs in as an OAuth client, asks twice, and asks for another token in between; prints what the server answers."""
import json
import sys

from gen3.auth import Gen3Auth, Gen3AuthError
from gen3.submission import Gen3Submission

endpoint, client_id, secret = sys.argv[1:4]
more = {"client_scopes": sys.argv[4]} if len(sys.argv) > 4 else {}
try:
    auth = Gen3Auth(endpoint=endpoint, client_credentials=(client_id, secret), **more)
    programs = Gen3Submission(auth).get_programs()
    first = auth.get_access_token()
    auth.refresh_access_token(endpoint)
    user = auth.curl("/user/user").json()
    print(json.dumps({
        "endpoint": auth.endpoint,
        "programs": programs,
        "user": user,
        "scope": auth._token_info["scope"],
        "issuer": auth._token_info["iss"],
        "renewed": auth.get_access_token() != first,
    }))
except Gen3AuthError as error:
    print(json.dumps({"error": str(error)}))
