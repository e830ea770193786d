"""The ONNX graph of a BERT encoder out of its safetensors file, in onnxruntime's own fused operators
(EmbedLayerNormalization, Attention, SkipLayerNormalization, BiasGelu): what its optimiser for
transformers makes of an exported model, in F32."""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def tensors(path):
    data = Path(path).read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    found = {}
    for name, entry in header.items():
        if entry["dtype"] == "F32":
            start, end = entry["data_offsets"]
            values = np.frombuffer(data[8 + size + start:8 + size + end], dtype=np.float32)
            found[name] = values.reshape(entry["shape"])
    return found


def build(folder):
    """The model's bytes: tokens and mask (texts × tokens, int32) → vectors of length 1."""
    config = json.loads((Path(folder) / "config.json").read_text())
    weights = tensors(Path(folder) / "model.safetensors")
    nodes, constants = [], []

    def constant(name, values):
        constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(kind, inputs, name, domain="com.microsoft", **attributes):
        nodes.append(helper.make_node(kind, inputs, [name], name=name, domain=domain, **attributes))
        return name

    epsilon, heads = config["layer_norm_eps"], config["num_attention_heads"]
    embeddings = {
        name: weights[f"embeddings.{name}_embeddings.weight"]
        for name in ("word", "position", "token_type")
    }
    nodes.append(helper.make_node(
        "EmbedLayerNormalization",
        ["tokens", "", constant("words", embeddings["word"]),
         constant("positions", embeddings["position"] + embeddings["token_type"][0]), "",
         constant("scale", weights["embeddings.LayerNorm.weight"]),
         constant("shift", weights["embeddings.LayerNorm.bias"]), "mask"],
        ["embedded", "lengths"], name="embed", domain="com.microsoft", epsilon=epsilon))
    hidden = "embedded"
    for layer in range(config["num_hidden_layers"]):
        prefix = f"encoder.layer.{layer}."

        def part(name, kind="weight"):
            values = weights[f"{prefix}{name}.{kind}"]
            return values.T if values.ndim == 2 else values

        def named(name, values):
            return constant(f"{layer}.{name}", values)

        def add_norm(name, product, skip):
            return node("SkipLayerNormalization", [
                product, skip, named(f"{name}.scale", part(f"{name}.LayerNorm")),
                named(f"{name}.shift", part(f"{name}.LayerNorm", "bias")),
                named(f"{name}.bias", part(f"{name}.dense", "bias")),
            ], f"{layer}.{name}.norm", epsilon=epsilon)

        def product(name, x):
            return node("MatMul", [x, named(f"{name}.weight", part(f"{name}.dense"))],
                        f"{layer}.{name}.product", domain="")

        thirds = [f"attention.self.{name}" for name in ("query", "key", "value")]
        attended = node("Attention", [
            hidden, named("qkv", np.concatenate([part(third) for third in thirds], axis=1)),
            named("qkv.bias", np.concatenate([part(third, "bias") for third in thirds])), "lengths",
        ], f"{layer}.attention", num_heads=heads)
        hidden = add_norm("attention.output", product("attention.output", attended), hidden)
        inner = node("BiasGelu", [
            product("intermediate", hidden),
            named("intermediate.bias", part("intermediate.dense", "bias")),
        ], f"{layer}.gelu")
        hidden = add_norm("output", product("output", inner), hidden)
    floats = node("Cast", ["mask"], "floats", domain="", to=TensorProto.FLOAT)
    column = node("Unsqueeze", [floats, constant("last", np.array([2]))], "column", domain="")
    masked = node("Mul", [hidden, column], "masked", domain="")
    summed = node("ReduceSum", [masked, constant("middle", np.array([1]))], "summed", domain="",
                  keepdims=0)
    node("LpNormalization", [summed], "vectors", domain="", axis=-1, p=2)

    def table(name, kind, *shape):
        return helper.make_tensor_value_info(name, kind, shape)

    graph = helper.make_graph(
        nodes, "bert",
        [table("tokens", TensorProto.INT32, "texts", "length"),
         table("mask", TensorProto.INT32, "texts", "length")],
        [table("vectors", TensorProto.FLOAT, "texts", config["hidden_size"])], constants)
    model = helper.make_model(graph, ir_version=8, opset_imports=[
        helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)])
    return model.SerializeToString()
