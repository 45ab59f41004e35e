import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { blake2b } from './blake2b';

const hex = (bytes: Uint8Array) => [...bytes].map((one) => one.toString(16).padStart(2, '0')).join('');

describe('blake2b', () => {
  it('answers the example of RFC 7693', () => {
    expect(hex(blake2b(new TextEncoder().encode('abc'), 64))).toBe('ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923');
  });

  it('answers as OpenSSL does, whatever the length of a block', () => {
    for (let length = 0; length <= 128; length += 1) {
      const message = Uint8Array.from({ length }, (_, at) => (at * 151 + length * 7) % 256);
      expect(hex(blake2b(message, 64)), String(length)).toBe(createHash('blake2b512').update(message).digest('hex'));
    }
    expect(() => blake2b(new Uint8Array(129), 64)).toThrow('one block');
  });
});
