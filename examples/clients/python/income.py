"""Follows what a position earns, block by finalized block; a line for each block in which it earned.
    python income.py <ws url> <coldkey> <hotkey> <netuid> <seconds>"""

import json
import sys
import time

from market_api import connect

if len(sys.argv) != 6:
    sys.exit("usage: python income.py <ws url> <coldkey> <hotkey> <netuid> <seconds>")
url, coldkey, hotkey, netuid, seconds = sys.argv[1:]
netuid = int(netuid)
chain = connect(url)


def finalized() -> int:
    """Height of the newest finalized block."""
    return chain.get_block_number(chain.get_chain_finalised_head())


def here(one: dict) -> bool:
    return one.get("hotkey") == hotkey and one.get("netuid") == netuid


def value_at(block_hash: str) -> int:
    """What the position is worth at a block, in the subnet's alpha, smallest units."""
    positions = chain.runtime_call("MarketApi", "stake_of", [coldkey], block_hash).value
    return next((one["value"] for one in positions if here(one)), 0)


def events_here(block_hash: str) -> list:
    """The events of the staking pallet at a block that are of this hotkey on this subnet."""
    events = [record.value["event"] for record in chain.get_events(block_hash)]
    return [one for one in events if one["module_id"] == "Stake" and here(one["attributes"])]


end = time.monotonic() + float(seconds)
block, last = finalized(), None
while time.monotonic() < end:
    if block > finalized():
        time.sleep(0.5)
        continue
    block_hash = chain.get_block_hash(block)
    value, own = value_at(block_hash), 0
    for event in events_here(block_hash):
        kind, data = event["event_id"], event["attributes"]
        # What we put in and took out ourselves is no income.
        if kind in ("StakeAdded", "StakeRemoved") and data["coldkey"] == coldkey:
            own += data["amount"] if kind == "StakeAdded" else -data["amount"]
        # What an epoch paid the validator's stakers: it enters the pool block by block until then.
        if kind == "RewardAdded":
            print(json.dumps({"block": block, "reward": data["amount"], "until": data["until"]}))
    income = 0 if last is None else value - last - own
    if income != 0:
        print(json.dumps({"block": block, "value": value, "income": income}))
    block, last = block + 1, value
