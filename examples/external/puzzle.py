#!/usr/bin/env python3
"""An external task: find a number whose hash with the challenge starts with `bits` zero bits.

Finding takes about 2^bits hashes, checking one. The validator calls `challenge` and `verify`, a
miner `answer`. A line of JSON in, a line of JSON out: docs/external-tasks.md.
"""
import hashlib
import json
import sys


def zeros(challenge, number):
    digest = hashlib.sha256(f"{challenge}:{number}".encode()).digest()
    return 256 - int.from_bytes(digest, "big").bit_length()


def challenge(request):
    # The seed alone decides: whoever audits the validator gets the same question.
    bits = int(request["settings"].get("bits", 12))
    name = hashlib.sha256(b"puzzle" + bytes.fromhex(request["seed"])).hexdigest()
    return {"question": {"challenge": name, "bits": bits}}


def answer(request):
    question, number = request["question"], 0
    while zeros(question["challenge"], number) < question["bits"]:
        number += 1
    return {"answer": {"number": number}}


def verify(request):
    # The answer is a stranger's: nothing in it may be trusted to have the right shape.
    question, said = request["question"], request["answer"]
    number = said.get("number") if isinstance(said, dict) else None
    if type(number) is not int or not 0 <= number < 2**64:
        return {"passed": False, "finding": "number is not an integer from 0 to 2^64"}
    found = zeros(question["challenge"], number)
    passed = found >= question["bits"]
    score = 1.0 if passed else 0.0
    return {"passed": passed, "score": score, "finding": f"{found} of {question['bits']} bits"}


METHODS = {"challenge": challenge, "answer": answer, "verify": verify}
for line in sys.stdin:
    request = json.loads(line)
    method = METHODS.get(request["method"])
    reply = method(request) if method else {"error": f"no method {request['method']}"}
    print(json.dumps({"id": request["id"], **reply}), flush=True)
