// Stakes with a quote and a bound.
//   node stake.js <ws url> <coldkey uri> <hotkey> <netuid> <ALUN>
import { connect, signerOf } from './chain.js';

const [url, uri, hotkey, netuid, tokens] = process.argv.slice(2);
if (!tokens) {
  console.error('usage: node stake.js <ws url> <coldkey uri> <hotkey> <netuid> <ALUN>');
  process.exit(2);
}
const amount = BigInt(Math.round(Number(tokens) * 1e9)); // smallest units

const client = connect(url);
// Types come from the node's metadata; `papi add` generates them for an editor.
const api = client.getUnsafeApi();

/** The name of an error, such as Stake.ReceivedTooLittle; docs/staker.md says what to do. */
function named(error) {
  return error.type === 'Module' ? `${error.value.type}.${error.value.value.type}` : error.type;
}

try {
  // What would come out, to the unit; or the error with which the call would be refused.
  const quote = await api.apis.MarketApi.quote_add(hotkey, Number(netuid), amount);
  if (!quote.success) throw new Error(named(quote.value));
  const quoted = quote.value.received;
  // Others may trade before us: we take one per cent less, and not a unit below that.
  const least = (quoted * 99n) / 100n;
  const call = { hotkey, netuid: Number(netuid), amount, min_received: least };
  const landed = await api.tx.Stake.add_stake(call).signAndSubmit(signerOf(uri));
  if (!landed.ok) throw new Error(named(landed.dispatchError));
  const is = ({ type, value }) => type === 'Stake' && value.type === 'StakeAdded';
  const added = landed.events.find(is).value.value;
  const [paid, bought] = [`${added.paid}`, `${added.amount}`];
  console.log(JSON.stringify({ quoted: `${quoted}`, least: `${least}`, paid, bought }));
} catch (error) {
  console.error(`not staked: ${error.message}`);
  process.exitCode = 1;
}
client.destroy();
