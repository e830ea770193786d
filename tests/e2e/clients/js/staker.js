// A staker with unmodified @polkadot/api: asks for a quote, stakes on a delegate with a bound from it,
// sees its alpha grow after an epoch, is refused with a sentence, unstakes with a bound.
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

/** What a call must be refused with. */
async function refusalOf(call) {
  let refusal = '';
  await send(call).catch((error) => (refusal = error.message));
  require(/ /.test(refusal) && refusal.length > 20, `the refusal is a sentence: "${refusal}"`);
  return refusal;
}

/** The quote, or the sentence with which the call would be refused. */
function quoted(answer) {
  if (answer.isErr) throw new Error(sentence(answer.asErr));
  return answer.asOk;
}

/** What the staker has there, in the subnet's alpha. */
async function position() {
  const positions = (await api.call.marketApi.stakeOf(staker.address)).toJSON();
  const found = positions.find((p) => p.hotkey === hotkey && Number(p.netuid) === Number(netuid));
  return found ? BigInt(found.value) : 0n;
}

/** One per cent less than quoted. */
function bound(received) {
  return (received * 99n) / 100n;
}

function require(condition, message) {
  if (!condition) throw new Error(message);
}

try {
  require((await api.call.metadata.metadataVersions()).toJSON().includes(16), 'metadata 16 is offered');

  // Stake: tokens buy the subnet's alpha. The quote tells how much, and the price before and after.
  const quote = quoted(await api.call.marketApi.quoteAdd(hotkey, netuid, amount));
  const least = bound(quote.received.toBigInt());
  const trade = quote.bought.unwrap();
  require(trade.priceAfter.toBigInt() > trade.priceBefore.toBigInt(), 'buying raises the price');
  const added = await send(api.tx.stake.addStake(hotkey, netuid, amount, least));
  const event = added.find(({ event }) => api.events.stake.StakeAdded.is(event));
  require(event, 'StakeAdded was seen');
  const bought = event.event.data.amount.toBigInt();
  require(bought >= least, `no less than the bound was bought: ${bought} of ${least}`);
  const staked = await position();
  require(staked >= bought - 2n, `the position is worth what was bought: ${staked} of ${bought}`);

  // A bound that can't be met, and more than there is: sentences, not numbers; so is a quote's.
  const greedy = await refusalOf(api.tx.stake.addStake(hotkey, netuid, UNIT, 1_000_000n * UNIT));
  const refusal = await refusalOf(api.tx.stake.removeStake(hotkey, netuid, staked * 1000n, 0));
  const unknown = await api.call.marketApi.quoteAdd(staker.address, netuid, amount);
  require(unknown.isErr && / /.test(sentence(unknown.asErr)), 'a quote is refused with a sentence');

  // Dividends: they enter block by block over the tempo after an epoch that paid.
  const deadline = Date.now() + 150_000;
  let value = staked;
  while (value <= staked + 1000n) {
    require(Date.now() < deadline, `dividends arrived in time (still ${value})`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    value = await position();
  }

  // Unstake all of it: the alpha is sold.
  const sale = quoted(await api.call.marketApi.quoteRemove(staker.address, hotkey, netuid, null));
  const floor = bound(sale.received.toBigInt());
  const before = (await api.query.system.account(staker.address)).data.free.toBigInt();
  await send(api.tx.stake.removeAllStake([[hotkey, netuid]], floor));
  require((await position()) === 0n, 'nothing remains');
  const received = (await api.query.system.account(staker.address)).data.free.toBigInt() - before;
  require(received > floor - UNIT / 10n, `no less than the bound came back: ${received} of ${floor}`);
  const shown = { staked, with_dividends: value, received };
  const texts = Object.entries(shown).map(([name, number]) => [name, `${number}`]);
  console.log(JSON.stringify({ ...Object.fromEntries(texts), refusal, greedy }));
  await api.disconnect();
} catch (error) {
  console.error(`staker: ${error.message}`);
  process.exit(1);
}
