// Stakes with a quote and a bound.
//   node stake.js <ws url> <coldkey uri> <hotkey> <netuid> <ALUN>
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';

const [url, uri, hotkey, netuid, tokens] = process.argv.slice(2);
if (!tokens) {
  console.error('usage: node stake.js <ws url> <coldkey uri> <hotkey> <netuid> <ALUN>');
  process.exit(2);
}
const amount = BigInt(Math.round(Number(tokens) * 1e9)); // smallest units

const api = await ApiPromise.create({ provider: new WsProvider(url), noInitWarn: true });
const coldkey = new Keyring({ type: 'sr25519' }).addFromUri(uri);

/** The sentence of an error. */
function sentence(error) {
  return error.isModule ? api.registry.findMetaError(error.asModule).docs.join(' ') : `${error}`;
}

/** Signs and sends a call; the events of its block, or the sentence with which it is refused. */
function send(call) {
  return new Promise((resolve, reject) => {
    const told = ({ status, events, dispatchError }) => {
      if (status.isInvalid || status.isDropped) reject(new Error(`the pool let it go: ${status}`));
      if (!status.isInBlock) return;
      if (dispatchError) reject(new Error(sentence(dispatchError)));
      else resolve(events.map(({ event }) => event));
    };
    call.signAndSend(coldkey, told).catch(reject);
  });
}

try {
  // What would come out, to the unit; or the error with which the call would be refused.
  const quote = await api.call.marketApi.quoteAdd(hotkey, netuid, amount);
  if (quote.isErr) throw new Error(sentence(quote.asErr));
  const quoted = quote.asOk.received.toBigInt();
  // Others may trade before us: we take one per cent less, and not a unit below that.
  const least = (quoted * 99n) / 100n;
  const events = await send(api.tx.stake.addStake(hotkey, netuid, amount, least));
  const added = events.find((event) => api.events.stake.StakeAdded.is(event)).data;
  const [paid, bought] = [`${added.paid.toBigInt()}`, `${added.amount.toBigInt()}`];
  console.log(JSON.stringify({ quoted: `${quoted}`, least: `${least}`, paid, bought }));
} catch (error) {
  console.error(`not staked: ${error.message}`);
  process.exitCode = 1;
}
await api.disconnect();
