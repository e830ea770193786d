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
