// Reads a subnet with all its neurons in one call; a line for each.
//   node metagraph.js <ws url> <netuid>
import { connect } from './chain.js';

const [url, netuid] = process.argv.slice(2);
if (!netuid) {
  console.error('usage: node metagraph.js <ws url> <netuid>');
  process.exit(2);
}
const client = connect(url);

// Of the subnet's first mechanism; most have no other.
const metagraph = await client.getUnsafeApi().apis.MarketApi.metagraph(Number(netuid), 0);
if (metagraph === undefined) {
  console.error(`there is no subnet ${netuid}`);
  process.exitCode = 1;
} else {
  for (const neuron of metagraph.neurons) {
    const line = {
      uid: neuron.uid,
      hotkey: neuron.hotkey,
      stakeWeight: `${neuron.stake_weight}`, // smallest units
      permit: neuron.permit,
      incentive: neuron.incentive / 65535,
      dividends: neuron.dividends / 65535,
      emission: `${neuron.emission}`, // paid at the last epoch, smallest units of alpha
    };
    console.log(JSON.stringify(line));
  }
}
client.destroy();
