// Follows what a position earns, block by finalized block; a line for each block in which it earned.
//   node income.js <ws url> <coldkey> <hotkey> <netuid> <seconds>
import { connect } from './chain.js';

const [url, coldkey, hotkey, netuid, seconds] = process.argv.slice(2);
if (!seconds) {
  console.error('usage: node income.js <ws url> <coldkey> <hotkey> <netuid> <seconds>');
  process.exit(2);
}
const client = connect(url);
const api = client.getUnsafeApi();
const here = (one) => one?.hotkey === hotkey && one.netuid === Number(netuid);

/** What the position is worth at a block, in the subnet's alpha, smallest units. */
async function valueAt(at) {
  return (await api.apis.MarketApi.stake_of(coldkey, { at })).find(here)?.value ?? 0n;
}

/** The events of the staking pallet at a block that are of this hotkey on this subnet. */
async function eventsHere(at) {
  const events = (await api.query.System.Events.getValue({ at })).map(({ event }) => event);
  const ours = events.filter(({ type, value }) => type === 'Stake' && here(value.value));
  return ours.map(({ value }) => value);
}

let last = null;
async function look({ number: block, hash }) {
  const [value, events] = [await valueAt(hash), await eventsHere(hash)];
  let own = 0n;
  for (const { type, value: event } of events) {
    // What we put in and took out ourselves is no income.
    if (type === 'StakeAdded' && event.coldkey === coldkey) own += event.amount;
    if (type === 'StakeRemoved' && event.coldkey === coldkey) own -= event.amount;
    // What an epoch paid the validator's stakers: it enters the pool block by block until then.
    if (type === 'RewardAdded') {
      console.log(JSON.stringify({ block, reward: `${event.amount}`, until: event.until }));
    }
  }
  const income = last === null ? 0n : value - last - own;
  if (income !== 0n) console.log(JSON.stringify({ block, value: `${value}`, income: `${income}` }));
  last = value;
}

// Every finalized block comes, in order; one is read after the other.
let work = Promise.resolve();
function stop(error) {
  console.error(`income: ${error.message}`);
  process.exit(1);
}
const next = (block) => (work = work.then(() => look(block)).catch(stop));
const blocks = client.finalizedBlock$.subscribe({ next, error: stop });
await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
blocks.unsubscribe();
await work;
client.destroy();
