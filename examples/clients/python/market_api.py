"""Teaches py-substrate-interface the runtime API of the market.

It knows runtime APIs by a table, and by itself only metadata 14, which has none. Metadata 15, read
from the node, names every method with its types: nothing here has to follow the chain's changes."""

from scalecodec.base import ScaleBytes
from substrateinterface import SubstrateInterface

# What metadata 15 has more than 14, in the words of scalecodec. What follows the APIs is not read.
METADATA_15 = {
    "PalletMetadataV15": {
        "type": "struct",
        "type_mapping": [
            ["name", "Text"],
            ["storage", "Option<StorageMetadataV14>"],
            ["calls", "Option<SiLookupTypeId>"],
            ["event", "Option<SiLookupTypeId>"],
            ["constants", "Vec<PalletConstantMetadataV14>"],
            ["error", "Option<SiLookupTypeId>"],
            ["index", "u8"],
            ["docs", "Vec<Text>"],
        ],
    },
    "SignedExtensionsV15": {
        "type": "struct",
        "type_mapping": [
            ["version", "u8"],
            ["types", "[SiLookupTypeId; 4]"],
            ["extensions", "Vec<SignedExtensionMetadataV14>"],
        ],
    },
    "ApiParamV15": {
        "type": "struct",
        "type_mapping": [["name", "Text"], ["ty", "SiLookupTypeId"]],
    },
    "ApiMethodV15": {
        "type": "struct",
        "type_mapping": [
            ["name", "Text"],
            ["inputs", "Vec<ApiParamV15>"],
            ["output", "SiLookupTypeId"],
            ["docs", "Vec<Text>"],
        ],
    },
    "ApiV15": {
        "type": "struct",
        "type_mapping": [
            ["name", "Text"],
            ["methods", "Vec<ApiMethodV15>"],
            ["docs", "Vec<Text>"],
        ],
    },
    "MetadataV15": {
        "type": "struct",
        "type_mapping": [
            ["magic", "[u8; 4]"],
            ["version", "u8"],
            ["registry", "PortableRegistry"],
            ["pallets", "Vec<PalletMetadataV15>"],
            ["extrinsic", "SignedExtensionsV15"],
            ["runtime", "SiLookupTypeId"],
            ["apis", "Vec<ApiV15>"],
        ],
    },
}


def connect(url: str) -> SubstrateInterface:
    """A connection that can call `runtime_call("MarketApi", …)`."""
    chain = SubstrateInterface(url=url)
    chain.init_runtime()
    config = chain.runtime_config
    config.update_type_registry_types(METADATA_15)

    # The answer is an Option of bytes: a 1, a length, the bytes.
    answer = chain.rpc_request("state_call", ["Metadata_metadata_at_version", "0x0f000000"])
    option = config.create_scale_object("Option<Bytes>")
    raw = option.decode(ScaleBytes(answer["result"]), check_remaining=False)
    metadata = config.create_scale_object("MetadataV15")
    metadata.decode(ScaleBytes(raw), check_remaining=False)

    types = metadata.value_object["registry"].value_object["types"].value_object
    config.update_from_scale_info_types(types, prefix="v15")
    api = next(api for api in metadata.value["apis"] if api["name"] == "MarketApi")
    config.type_registry["runtime_api"]["MarketApi"] = {"methods": methods(api)}
    return chain


def methods(api: dict) -> dict:
    """An API's methods as py-substrate-interface wants them."""
    return {
        method["name"]: {
            "description": " ".join(method["docs"]),
            "params": [
                {"name": param["name"], "type": f"v15::{param['ty']}"} for param in method["inputs"]
            ],
            "type": f"v15::{method['output']}",
        }
        for method in api["methods"]
    }
