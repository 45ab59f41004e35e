// Seals credentials to the signer's public key, so that the web process passes on what it can't read.
// The format is libsodium's sealed box: ephemeral public key (32 bytes), then crypto_box of the text with
// the nonce BLAKE2b-192(ephemeral key || recipient key). Pure JavaScript: the content policy forbids WebAssembly.
// The plain port of TweetNaCl, not the fast one: a seal takes some milliseconds more, and the page is 4 kB lighter.
import nacl from 'tweetnacl/nacl.js';
import { blake2b } from './blake2b';
import type { Credentials, FieldId } from './types';

const KEY_BYTES = nacl.box.publicKeyLength;

/** The nonce of a sealed box. Both halves know it, so it is never sent. */
export function sealedNonce(ephemeral: Uint8Array, recipient: Uint8Array): Uint8Array {
  const both = new Uint8Array(2 * KEY_BYTES);
  both.set(ephemeral);
  both.set(recipient, KEY_BYTES);
  return blake2b(both, nacl.box.nonceLength);
}

/** `ephemeral` is fresh for every box; only the test with a fixed vector hands one in. */
export function sealBytes(plain: Uint8Array, recipient: Uint8Array, ephemeral = nacl.box.keyPair()): Uint8Array {
  if (recipient.length !== KEY_BYTES) throw new Error('the public key of the signer is not 32 bytes');
  const box = nacl.box(plain, sealedNonce(ephemeral.publicKey, recipient), recipient, ephemeral.secretKey);
  ephemeral.secretKey.fill(0);
  const sealed = new Uint8Array(KEY_BYTES + box.length);
  sealed.set(ephemeral.publicKey);
  sealed.set(box, KEY_BYTES);
  return sealed;
}

/** Seals the JSON of the credentials, fields in the documented order; answers base64. */
export function sealCredentials(credentials: Credentials, publicKey: string): string {
  const ordered: Partial<Record<FieldId, string>> = { key: credentials.key, secret: credentials.secret };
  if (credentials.passphrase !== undefined) ordered.passphrase = credentials.passphrase;
  const plain = new TextEncoder().encode(JSON.stringify(ordered));
  const sealed = sealBytes(plain, fromBase64(publicKey));
  plain.fill(0);
  return toBase64(sealed);
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

export function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
