"""Reads a subnet with all its neurons in one call; a line for each.
    python metagraph.py <ws url> <netuid>"""

import json
import sys

from market_api import connect

if len(sys.argv) != 3:
    sys.exit("usage: python metagraph.py <ws url> <netuid>")
url, netuid = sys.argv[1:]
# Of the subnet's first mechanism; most have no other.
metagraph = connect(url).runtime_call("MarketApi", "metagraph", [int(netuid), 0]).value
if metagraph is None:
    sys.exit(f"there is no subnet {netuid}")
for neuron in metagraph["neurons"]:
    line = {
        "uid": neuron["uid"],
        "hotkey": neuron["hotkey"],
        "stakeWeight": neuron["stake_weight"],  # smallest units
        "permit": neuron["permit"],
        "incentive": neuron["incentive"] / 65535,
        "dividends": neuron["dividends"] / 65535,
        "emission": neuron["emission"],  # paid at the last epoch, smallest units of alpha
    }
    print(json.dumps(line))
