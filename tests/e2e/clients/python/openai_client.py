"""The unmodified OpenAI client against a gateway: every endpoint, streamed and not, and what it makes
of errors. Prints one JSON object. Arguments: base URL, key, key that may spend nothing, slow key."""

import json
import sys
import time

import openai

base, key, poor, slow = sys.argv[1:5]


def client(secret):
    return openai.OpenAI(base_url=base, api_key=secret, max_retries=0, timeout=60)


def refused(secret, times=1):
    try:
        for _ in range(times):
            client(secret).embeddings.create(model="all-MiniLM-L6-v2", input="hello")
    except openai.APIStatusError as error:
        return {"kind": type(error).__name__, "status": error.status_code, "code": error.code,
                "message": error.message}
    return None


told = {"embedding_tokens": 0, "prompt_tokens": 0, "completion_tokens": 0, "embedded": 0, "generated": 0}


def count(usage):
    told["prompt_tokens"] += usage.prompt_tokens
    told["completion_tokens"] += usage.completion_tokens
    told["generated"] += 1


ai = client(key)
told["models"] = [model.id for model in ai.models.list()]

# The client asks for base64 by itself where numbers are wanted.
texts = ["a cat", "a kitten", "a theorem"]
first = ai.embeddings.create(model="all-MiniLM-L6-v2", input=texts)
plain = ai.embeddings.create(model="all-MiniLM-L6-v2", input=texts, encoding_format="float")
for answer in (first, plain):
    told["embedding_tokens"] += answer.usage.prompt_tokens
    told["embedded"] += 1
vectors = [one.embedding for one in first.data]
told["dimensions"] = [len(vector) for vector in vectors]
told["same_vectors"] = all(
    abs(a - b) < 1e-5 for one, other in zip(vectors, plain.data) for a, b in zip(one, other.embedding)
)
cosine = lambda a, b: sum(x * y for x, y in zip(vectors[a], vectors[b]))
told["cat_kitten"], told["cat_theorem"] = cosine(0, 1), cosine(0, 2)

model = "SmolLM2-135M-Instruct"
answer = ai.completions.create(model=model, prompt="The capital of France is", max_tokens=8, temperature=0)
count(answer.usage)
told["completion"] = answer.choices[0].text

question = [{"role": "user", "content": "Name three colours."}]
answer = ai.chat.completions.create(model=model, messages=question, max_tokens=24, temperature=0)
count(answer.usage)
told["chat"] = answer.choices[0].message.content
told["finish"] = answer.choices[0].finish_reason

began, pieces, times = time.monotonic(), [], []
stream = ai.chat.completions.create(
    model=model, messages=question, max_tokens=24, temperature=0, stream=True,
    stream_options={"include_usage": True},
)
for chunk in stream:
    if chunk.usage:
        count(chunk.usage)
    if chunk.choices and chunk.choices[0].delta.content:
        pieces.append(chunk.choices[0].delta.content)
        times.append(time.monotonic() - began)
told["streamed"], told["pieces"] = "".join(pieces), len(pieces)
told["first_s"], told["last_s"] = times[0], times[-1]

pieces = []
stream = ai.completions.create(
    model=model, prompt="Once upon a time", max_tokens=8, temperature=0.7, seed=7, stream=True,
    stream_options={"include_usage": True},
)
for chunk in stream:
    if chunk.usage:
        count(chunk.usage)
    pieces.extend(choice.text for choice in chunk.choices)
told["sampled"] = "".join(pieces)

told["wrong_key"] = refused("sk-alun-wrong")
told["poor_key"] = refused(poor)
told["slow_key"] = refused(slow, times=3)
try:
    ai.chat.completions.create(model="gpt-4", messages=question)
except openai.NotFoundError as error:
    told["wrong_model"] = error.message
try:
    ai.chat.completions.create(model=model, messages=question, max_tokens=100_000)
except openai.BadRequestError as error:
    told["too_many"] = error.message
print(json.dumps(told))
