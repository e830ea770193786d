// Reads a subnet with all its neurons in one call; a line for each.
//   node metagraph.js <ws url> <netuid>
import { ApiPromise, WsProvider } from '@polkadot/api';

const [url, netuid] = process.argv.slice(2);
if (!netuid) {
  console.error('usage: node metagraph.js <ws url> <netuid>');
  process.exit(2);
}
const api = await ApiPromise.create({ provider: new WsProvider(url), noInitWarn: true });

// Of the subnet's first mechanism; most have no other.
const answer = await api.call.marketApi.metagraph(netuid, 0);
if (answer.isNone) {
  console.error(`there is no subnet ${netuid}`);
  process.exitCode = 1;
} else {
  for (const neuron of answer.unwrap().neurons) {
    const line = {
      uid: neuron.uid.toNumber(),
      hotkey: `${neuron.hotkey}`,
      stakeWeight: `${neuron.stakeWeight.toBigInt()}`, // smallest units
      permit: neuron.permit.isTrue,
      incentive: neuron.incentive.toNumber() / 65535,
      dividends: neuron.dividends.toNumber() / 65535,
      emission: `${neuron.emission.toBigInt()}`, // paid at the last epoch, smallest units of alpha
    };
    console.log(JSON.stringify(line));
  }
}
await api.disconnect();
