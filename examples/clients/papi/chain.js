// A connection, and signers from secret URIs.
import { sr25519CreateDerive } from '@polkadot-labs/hdkd';
import { DEV_PHRASE, entropyToMiniSecret, mnemonicToEntropy } from '@polkadot-labs/hdkd-helpers';
import { createClient } from 'polkadot-api';
import { getPolkadotSigner } from 'polkadot-api/signer';
import { getWsProvider } from 'polkadot-api/ws';
import { WebSocket } from 'ws';

/** A client of a node. Browsers and Node 22 bring a WebSocket of their own. */
export function connect(url) {
  return createClient(getWsProvider(url, { websocketClass: globalThis.WebSocket ?? WebSocket }));
}

/** A signer from `<phrase>//path`, or from `//path` of the test chains' phrase. */
export function signerOf(uri) {
  const [phrase, path] = uri.match(/^([^/]*)(.*)$/).slice(1);
  const secret = entropyToMiniSecret(mnemonicToEntropy(phrase || DEV_PHRASE));
  const pair = sr25519CreateDerive(secret)(path);
  return getPolkadotSigner(pair.publicKey, 'Sr25519', pair.sign);
}
