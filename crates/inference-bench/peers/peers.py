"""One of those whom `scripts/bench inference` compares with, as a process that answers lines of JSON
and measures itself: `peers.py embeddings|generation THREADS MODEL`."""

import ctypes
import importlib.metadata
import json
import os
import sys
import time


def resident():
    with open("/proc/self/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


class Embeddings:
    """onnxruntime with the same weights in F32, fed by the same tokenizer."""

    def __init__(self, threads, folder):
        os.environ["RAYON_NUM_THREADS"] = str(threads)
        import numpy
        import onnxruntime
        import tokenizers

        self.numpy = numpy
        self.tokenizer = tokenizers.Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.enable_padding()
        self.before = resident()
        from bert_onnx import build

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            build(folder), options, providers=["CPUExecutionProvider"])
        self.name = f"onnxruntime {onnxruntime.__version__}"

    def vectors(self, texts):
        encoded = self.tokenizer.encode_batch_fast(texts)
        tokens = self.numpy.array([text.ids for text in encoded], dtype=self.numpy.int32)
        mask = self.numpy.array([text.attention_mask for text in encoded], dtype=self.numpy.int32)
        return self.session.run(None, {"tokens": tokens, "mask": mask})[0]

    def embed(self, texts, times, vectors=False):
        start = time.perf_counter()
        for _ in range(times):
            found = self.vectors(texts)
        seconds = time.perf_counter() - start
        return {"seconds": seconds, "vectors": found.tolist() if vectors else []}


class Batch(ctypes.Structure):
    """llama_batch."""

    _fields_ = [
        ("count", ctypes.c_int32),
        ("token", ctypes.POINTER(ctypes.c_int32)),
        ("embedding", ctypes.c_void_p),
        ("position", ctypes.POINTER(ctypes.c_int32)),
        ("sequences", ctypes.POINTER(ctypes.c_int32)),
        ("sequence", ctypes.POINTER(ctypes.POINTER(ctypes.c_int32))),
        ("wanted", ctypes.POINTER(ctypes.c_int8)),
    ]


class Parameters(ctypes.Structure):
    """llama_context_params and llama_model_params: more than either takes, of which the first words
    of the former are what is set here."""

    _fields_ = [("words", ctypes.c_uint32 * 128)]


STREAMS, TOKENS = 16, 256
LOG = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)


class Generation:
    """llama.cpp through its C interface, which the wheel of xllamacpp exports: one batch of all streams
    for each token, greedy."""

    def __init__(self, threads, path):
        import numpy
        import xllamacpp

        self.numpy = numpy
        self.library = library = ctypes.CDLL(xllamacpp.xllamacpp.__file__)
        pointer, number = ctypes.c_void_p, ctypes.c_int32
        for name, result, arguments in [
            ("llama_model_default_params", Parameters, []),
            ("llama_context_default_params", Parameters, []),
            ("llama_model_load_from_file", pointer, [ctypes.c_char_p, Parameters]),
            ("llama_init_from_model", pointer, [pointer, Parameters]),
            ("llama_model_get_vocab", pointer, [pointer]),
            ("llama_vocab_n_tokens", number, [pointer]),
            ("llama_batch_init", Batch, [number, number, number]),
            ("llama_decode", number, [pointer, Batch]),
            ("llama_get_logits_ith", ctypes.POINTER(ctypes.c_float), [pointer, number]),
            ("llama_get_memory", pointer, [pointer]),
            ("llama_memory_clear", None, [pointer, ctypes.c_bool]),
            ("llama_print_system_info", ctypes.c_char_p, []),
            ("llama_log_set", None, [LOG, pointer]),
        ]:
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
        self.quiet = LOG(lambda level, text, data: None)
        library.llama_log_set(self.quiet, None)
        library.llama_backend_init()
        self.before = resident()
        model = library.llama_model_load_from_file(
            path.encode(), library.llama_model_default_params())
        if not model:
            sys.exit(f"llama.cpp cannot load {path}")
        parameters = library.llama_context_default_params()
        words = parameters.words
        # n_ctx, n_batch, n_ubatch, n_seq_max and, four words on, both numbers of threads.
        if list(words[:4]) != [512, 2048, 512, 1] or list(words[7:9]) != [4, 4]:
            sys.exit("this llama.cpp has other parameters than the one that peers.py was written for")
        words[0], words[3], words[7], words[8] = STREAMS * TOKENS, STREAMS, threads, threads
        self.context = library.llama_init_from_model(model, parameters)
        if not self.context:
            sys.exit("llama.cpp cannot make a context")
        self.vocabulary = library.llama_vocab_n_tokens(library.llama_model_get_vocab(model))
        self.batch = library.llama_batch_init(STREAMS * TOKENS, 0, 1)
        version = importlib.metadata.version("xllamacpp")
        info = library.llama_print_system_info().decode()
        self.name = f"llama.cpp of xllamacpp {version} ({info.strip(' |')})"

    def decode(self, rows):
        """Feeds (token, position, stream, wanted) and returns the best next token of the wanted."""
        batch = self.batch
        batch.count = len(rows)
        for index, (token, position, stream, wanted) in enumerate(rows):
            batch.token[index], batch.position[index] = token, position
            batch.sequences[index], batch.sequence[index][0] = 1, stream
            batch.wanted[index] = wanted
        if self.library.llama_decode(self.context, batch) != 0:
            sys.exit("llama.cpp failed to decode")
        best = []
        for index, row in enumerate(rows):
            if row[3]:
                logits = self.library.llama_get_logits_ith(self.context, index)
                values = self.numpy.ctypeslib.as_array(logits, (self.vocabulary,))
                best.append(int(values.argmax()))
        return best

    def generate(self, prompts, new):
        self.library.llama_memory_clear(self.library.llama_get_memory(self.context), False)
        start = time.perf_counter()
        rows = [
            (token, position, stream, position + 1 == len(prompt))
            for stream, prompt in enumerate(prompts)
            for position, token in enumerate(prompt)
        ]
        last = self.decode(rows)
        first = time.perf_counter() - start
        tokens = [[token] for token in last]
        for step in range(new - 1):
            last = self.decode([
                (token, len(prompts[stream]) + step, stream, True)
                for stream, token in enumerate(last)
            ])
            for answer, token in zip(tokens, last):
                answer.append(token)
        rest = time.perf_counter() - start - first
        return {"first": first, "rest": rest, "tokens": tokens}


def main():
    kind, threads, model = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    # What a library prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    peer = {"embeddings": Embeddings, "generation": Generation}[kind](threads, model)
    for line in sys.stdin:
        question = json.loads(line)
        operation = question.pop("op")
        if operation == "hello":
            answer = {"name": peer.name}
        elif operation == "memory":
            answer = {"resident": [peer.before, resident()]}
        else:
            answer = getattr(peer, operation)(**question)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
