// Follows what a position earns, block by finalized block; a line for each block in which it earned.
//   node income.js <ws url> <coldkey> <hotkey> <netuid> <seconds>
import { ApiPromise, WsProvider } from '@polkadot/api';

const [url, coldkey, hotkey, netuid, seconds] = process.argv.slice(2);
if (!seconds) {
  console.error('usage: node income.js <ws url> <coldkey> <hotkey> <netuid> <seconds>');
  process.exit(2);
}
const api = await ApiPromise.create({ provider: new WsProvider(url), noInitWarn: true });
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Height of the newest finalized block. */
async function finalized() {
  const hash = await api.rpc.chain.getFinalizedHead();
  return (await api.rpc.chain.getHeader(hash)).number.toNumber();
}

/** The events of a block that are of this hotkey on this subnet, as plain data. */
async function eventsHere(at) {
  const here = ({ data }) => `${data.hotkey}` === hotkey && `${data.netuid}` === netuid;
  return (await at.query.system.events()).map(({ event }) => event).filter(here);
}

/** What the position is worth at a block, in the subnet's alpha, smallest units. */
async function valueAt(at) {
  const positions = await at.call.marketApi.stakeOf(coldkey);
  const here = (one) => `${one.hotkey}` === hotkey && `${one.netuid}` === netuid;
  return positions.find(here)?.value.toBigInt() ?? 0n;
}

const end = Date.now() + Number(seconds) * 1000;
let [block, last] = [await finalized(), null];
while (Date.now() < end) {
  if (block > (await finalized())) {
    await sleep(500);
    continue;
  }
  const at = await api.at(await api.rpc.chain.getBlockHash(block));
  const [value, events] = [await valueAt(at), await eventsHere(at)];
  // What we put in and took out ourselves is no income.
  const mine = (event, kind) => kind.is(event) && `${event.data.coldkey}` === coldkey;
  let own = 0n;
  for (const event of events) {
    if (mine(event, api.events.stake.StakeAdded)) own += event.data.amount.toBigInt();
    if (mine(event, api.events.stake.StakeRemoved)) own -= event.data.amount.toBigInt();
    // What an epoch paid the validator's stakers: it enters the pool block by block until then.
    if (api.events.stake.RewardAdded.is(event)) {
      const { amount, until } = event.data;
      console.log(JSON.stringify({ block, reward: `${amount}`, until: until.toNumber() }));
    }
  }
  const income = last === null ? 0n : value - last - own;
  if (income !== 0n) console.log(JSON.stringify({ block, value: `${value}`, income: `${income}` }));
  [block, last] = [block + 1, value];
}
await api.disconnect();
