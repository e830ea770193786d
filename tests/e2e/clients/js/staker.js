// A staker with unmodified @polkadot/api: asks for a quote, stakes on a delegate, sees dividends
// after an epoch, is refused with a sentence, unstakes.
//   node staker.js <ws url> <coldkey uri> <delegate hotkey ss58> <netuid> <tokens>
// Exits 0 and prints one JSON object when everything held; anything else is an error on stderr.
import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';

const UNIT = 1_000_000_000n;
const [url, uri, hotkey, netuid, tokens] = process.argv.slice(2);
if (!tokens) {
  console.error('usage: node staker.js <ws url> <coldkey uri> <hotkey> <netuid> <tokens>');
  process.exit(2);
}
const amount = BigInt(tokens) * UNIT;

const api = await ApiPromise.create({ provider: new WsProvider(url), noInitWarn: true });
const staker = new Keyring({ type: 'sr25519' }).addFromUri(uri);

/** What a wallet shows of a failed call: the documentation of the module's error. */
function sentence(dispatchError) {
  if (!dispatchError.isModule) return dispatchError.toString();
  return api.registry.findMetaError(dispatchError.asModule).docs.join(' ');
}

/** Signs, sends, waits for the block. Resolves with its events or rejects with the sentence. */
function send(call) {
  return new Promise((resolve, reject) => {
    call
      .signAndSend(staker, ({ status, events, dispatchError }) => {
        if (!status.isInBlock) return;
        if (dispatchError) reject(new Error(sentence(dispatchError)));
        else resolve(events);
      })
      .catch(reject);
  });
}

async function position() {
  const positions = (await api.call.marketApi.stakeOf(staker.address)).toJSON();
  const found = positions.find((p) => p.hotkey === hotkey && Number(p.netuid) === Number(netuid));
  return found ? BigInt(found.value) : 0n;
}

function require(condition, message) {
  if (!condition) throw new Error(message);
}

try {
  require((await api.call.metadata.metadataVersions()).toJSON().includes(16), 'metadata 16 is offered');

  const quote = (await api.call.marketApi.quoteAdd(hotkey, netuid, amount)).toJSON();
  require(quote, 'there is a quote');
  const added = await send(api.tx.stake.addStake(hotkey, netuid, amount, BigInt(quote.received) * 99n / 100n));
  require(added.some(({ event }) => api.events.stake.StakeAdded.is(event)), 'StakeAdded was seen');
  const staked = await position();
  require(staked >= amount - 2n, `the position is worth what was staked: ${staked} of ${amount}`);

  // More than there is: a sentence, not a number.
  let refusal = '';
  await send(api.tx.stake.removeStake(hotkey, netuid, amount * 1000n, 0)).catch((error) => (refusal = error.message));
  require(/ /.test(refusal) && refusal.length > 20, `the refusal is a sentence: "${refusal}"`);

  // Dividends: they enter block by block over the tempo after an epoch that paid.
  const deadline = Date.now() + 150_000;
  let value = staked;
  while (value <= staked + 1000n) {
    require(Date.now() < deadline, `dividends arrived in time (still ${value})`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    value = await position();
  }

  const before = (await api.query.system.account(staker.address)).data.free.toBigInt();
  await send(api.tx.stake.removeAllStake(hotkey, netuid, staked));
  require((await position()) === 0n, 'nothing remains');
  const received = (await api.query.system.account(staker.address)).data.free.toBigInt() - before;
  require(received > staked - UNIT / 10n, `the stake came back: ${received} of ${staked}`);
  console.log(JSON.stringify({ staked: `${staked}`, with_dividends: `${value}`, refusal }));
  await api.disconnect();
} catch (error) {
  console.error(`staker: ${error.message}`);
  process.exit(1);
}
