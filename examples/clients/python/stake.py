"""Stakes with a quote and a bound.
    python stake.py <ws url> <coldkey uri> <hotkey> <netuid> <ALUN>"""

import json
import sys
from decimal import Decimal

from market_api import connect
from substrateinterface import Keypair

if len(sys.argv) != 6:
    sys.exit("usage: python stake.py <ws url> <coldkey uri> <hotkey> <netuid> <ALUN>")
url, uri, hotkey, netuid, tokens = sys.argv[1:]
netuid, amount = int(netuid), int(Decimal(tokens) * 10**9)  # smallest units

chain = connect(url)
coldkey = Keypair.create_from_uri(uri)


def sentence(error: dict) -> str:
    """The sentence of an error of a call."""
    if "Module" not in error:
        return str(error)
    index = bytes.fromhex(error["Module"]["error"].removeprefix("0x"))[0]
    found = chain.metadata.get_module_error(error["Module"]["index"], index)
    return " ".join(found.docs)


# What would come out, to the unit; or the error with which the call would be refused.
answer = chain.runtime_call("MarketApi", "quote_add", [hotkey, netuid, amount]).value
if "Err" in answer:
    sys.exit(f"not staked: {sentence(answer['Err'])}")
quoted = answer["Ok"]["received"]
# Others may trade before us: we take one per cent less, and not a unit below that.
least = quoted * 99 // 100
arguments = {"hotkey": hotkey, "netuid": netuid, "amount": amount, "min_received": least}
call = chain.compose_call("Stake", "add_stake", arguments)
signed = chain.create_signed_extrinsic(call=call, keypair=coldkey)
receipt = chain.submit_extrinsic(signed, wait_for_inclusion=True)
if not receipt.is_success:
    sys.exit(f"not staked: {' '.join(receipt.error_message['docs'])}")
events = [record.value["event"] for record in receipt.triggered_events]
added = next(event for event in events if event["event_id"] == "StakeAdded")["attributes"]
print(json.dumps({"quoted": quoted, "least": least, "paid": added["paid"], "bought": added["amount"]}))
