// A sealed box must open with nothing but the recipient's key pair, the way libsodium opens it.
import nacl from 'tweetnacl';
import { describe, expect, it } from 'vitest';
import { fromBase64, sealBytes, sealCredentials, sealedNonce, toBase64 } from './seal';

const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

function open(sealed: Uint8Array, recipient: nacl.BoxKeyPair): Uint8Array | null {
  const ephemeral = sealed.subarray(0, 32);
  return nacl.box.open(sealed.subarray(32), sealedNonce(ephemeral, recipient.publicKey), ephemeral, recipient.secretKey);
}

describe('sealing', () => {
  const recipient = nacl.box.keyPair.fromSecretKey(Uint8Array.from({ length: 32 }, (_, i) => i + 1));

  it('goes round', () => {
    for (const length of [0, 1, 31, 32, 33, 500]) {
      const plain = nacl.randomBytes(length);
      const sealed = sealBytes(plain, recipient.publicKey);
      expect(sealed.length).toBe(length + 48);
      expect(open(sealed, recipient)).toEqual(plain);
    }
  });

  it('carries the credentials as JSON, fields in order, the passphrase only where there is one', () => {
    const publicKey = toBase64(recipient.publicKey);
    const text = (sealed: string) => new TextDecoder().decode(open(fromBase64(sealed), recipient)!);
    expect(text(sealCredentials({ secret: 's', key: 'k' }, publicKey))).toBe('{"key":"k","secret":"s"}');
    expect(text(sealCredentials({ passphrase: 'é"', secret: 's', key: 'k' }, publicKey))).toBe(
      '{"key":"k","secret":"s","passphrase":"é\\""}');
  });

  it('is never the same twice', () => {
    const publicKey = toBase64(recipient.publicKey);
    const credentials = { key: 'k', secret: 's' };
    expect(sealCredentials(credentials, publicKey)).not.toBe(sealCredentials(credentials, publicKey));
  });

  it('wipes the ephemeral secret', () => {
    const ephemeral = nacl.box.keyPair();
    sealBytes(new Uint8Array(3), recipient.publicKey, ephemeral);
    expect(ephemeral.secretKey).toEqual(new Uint8Array(32));
  });

  it('refuses a key that is not 32 bytes', () => {
    expect(() => sealCredentials({ key: 'k', secret: 's' }, toBase64(new Uint8Array(31)))).toThrow();
    expect(() => sealCredentials({ key: 'k', secret: 's' }, '')).toThrow();
  });

  it('opens for nobody else and not when changed', () => {
    const sealed = sealBytes(Uint8Array.of(1, 2, 3), recipient.publicKey);
    expect(open(sealed, nacl.box.keyPair())).toBeNull();
    sealed[40]! ^= 1;
    expect(open(sealed, recipient)).toBeNull();
  });

  // Computed with libsodium 1.0.18 (crypto_box_seal_open opens it; crypto_box_easy with the same ephemeral
  // key and the nonce of crypto_generichash makes it).
  it('equals a fixed vector made by libsodium', () => {
    const ephemeral = nacl.box.keyPair.fromSecretKey(Uint8Array.from({ length: 32 }, (_, i) => 200 - i));
    const plain = new TextEncoder().encode('{"key":"mx0vglAbCdEfGh1234","secret":"45d0b3c26f2644f19bfb98b07741b2f5"}');
    expect(hex(sealedNonce(ephemeral.publicKey, recipient.publicKey))).toBe('9c56fc790b4200938f73f7634befa2747def3370ef9aba47');
    expect(hex(sealBytes(plain, recipient.publicKey, ephemeral))).toBe(
      '8dafcfeeae9045ee9a78d78a99fcf32e7781e441eb073096c342b8e2dcc3b612f4ea5ac592030cbcbc78c1a13c82cc40e8f1' +
      'a654fef0acbd85ab1b8ea653ddac1ce164c4a055124667a1444d6fac8bd7763836598f51dded9858468e0d27ca31731b50aa82c4f4e1f0f2ac3cd1628366369bc11e3ce48538');
  });
});
