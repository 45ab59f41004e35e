// The test double's signer: one key pair a run, and the opening of sealed boxes.
import blake from 'blakejs';
import { createHash } from 'node:crypto';
import nacl from 'tweetnacl';

const pair = nacl.box.keyPair();
const print = createHash('sha256').update(pair.publicKey).digest('hex').slice(0, 16).toUpperCase();

export const signer = {
  public_key: Buffer.from(pair.publicKey).toString('base64'),
  fingerprint: print.match(/.{4}/g).join('-'),
};

/** The credentials inside, or null when the box is not for us, changed, or holds something else. */
export function openSealed(text) {
  const sealed = new Uint8Array(Buffer.from(text, 'base64'));
  if (sealed.length < 48) return null;
  const ephemeral = sealed.subarray(0, 32);
  const nonce = blake.blake2b(Buffer.concat([ephemeral, pair.publicKey]), undefined, 24);
  const plain = nacl.box.open(sealed.subarray(32), nonce, ephemeral, pair.secretKey);
  if (!plain) return null;
  const value = JSON.parse(Buffer.from(plain).toString('utf8'));
  const names = Object.keys(value).join();
  return names === 'key,secret' || names === 'key,secret,passphrase' ? value : null;
}
