"""A client of the bittensor SDK against alun-miner: accepted when honest, refused with the
documented status when forged.

    python http_auth.py <miner url> <miner hotkey ss58> <query> <sender uri> <stranger uri>

`query` is what the miner's chain asks for (net, netuid, at). Prints one JSON object of
{case: status}; exits 1 if a status is not the documented one.
"""

import json
import sys
import time
import urllib.error
import urllib.request

from bittensor import http_auth
from bittensor.sp_core import Keypair

url, miner, query, sender_uri, stranger_uri = sys.argv[1:6]
sender = Keypair.create_from_uri(sender_uri)
stranger = Keypair.create_from_uri(stranger_uri)
PATH = f"/v1/embeddings?{query}"
BODY = json.dumps({"model": "all-MiniLM-L6-v2", "input": ["hello"]}).encode()
OTHER = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty"

# Whatever proxy the environment names: the miner is on this machine.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def send(headers, body=BODY, path=PATH, method="POST"):
    request = urllib.request.Request(url + path, data=body, method=method)
    request.add_header("Content-Type", "application/json")
    for name, value in headers.items():
        request.add_header(name, value)
    try:
        with DIRECT.open(request, timeout=30) as answer:
            answer.read()
            return answer.status
    except urllib.error.HTTPError as error:
        detail = json.loads(error.read())
        assert detail["error"]["message"], "an error without a sentence"
        return error.code

def signed(key=sender, path=PATH, body=BODY, receiver=miner, nonce=None):
    return http_auth.sign(key, method="POST", path=path, body=body, receiver_ss58=receiver, nonce_ns=nonce)

results, wrong = {}, []

def case(name, expected, status):
    results[name] = status
    if status != expected:
        wrong.append(f"{name}: {status}, {expected} documented")

honest = signed()
case("honest", 200, send(honest))
case("replayed", 409, send(honest))
case("body changed", 401, send(signed(), body=BODY.replace(b"hello", b"hullo")))
case("signature of another", 401, send({**signed(), "X-Bittensor-Signature": signed(stranger)["X-Bittensor-Signature"]}))
case("to another receiver", 403, send(signed(receiver=OTHER)))
case("to no receiver", 403, send(signed(receiver=None)))
case("old nonce", 401, send(signed(nonce=time.time_ns() - 11_000_000_000)))
case("future nonce", 401, send(signed(nonce=time.time_ns() + 5_000_000_000)))
case("without headers", 400, send({}))
case("signature not hex", 400, send({**signed(), "X-Bittensor-Signature": "0xzz"}))
other_net = PATH.replace("net=", "net=ffff", 1)
case("another chain", 400, send(signed(path=other_net), path=other_net))
case("without permit", 403, send(signed(stranger)))
case("not JSON", 422, send(signed(body=b"not json"), body=b"not json"))
case("empty input", 422, send(signed(body=b'{"input": []}'), body=b'{"input": []}'))
many = json.dumps({"input": ["x"] * 65}).encode()
case("too many texts", 422, send(signed(body=many), body=many))
large = b'{"input": "' + b"x" * (256 * 1024) + b'"}'
case("body too large", 413, send(signed(body=large), body=large))
print(json.dumps(results))
if wrong:
    print("\n".join(wrong), file=sys.stderr)
    sys.exit(1)
