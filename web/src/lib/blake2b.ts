// BLAKE2b (RFC 7693) without a key, of at most one block: all that a sealed box needs of it, to make its nonce of two public keys. Nothing
// secret passes through here, so its time may tell what it likes.
const ALL = (1n << 64n) - 1n;
const IV = [
  0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n, 0x510e527fade682d1n, 0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n,
];
/** Which word of the message comes when, a round a row; the last two rounds are the first two again. */
const ORDER = [
  '0123456789abcdef', 'ea489fd61c02b753', 'b8c052fdae367194', '7931dcbe265a40f8', '905724afe1bc683d', '2c6a0b834d75fe19', 'c51fed4a0763928b', 'db7ec13950f4862a',
  '6fe9b308c2d714a5', 'a2847615fb9e3cd0',
];
/** The columns, then the diagonals. */
const PLACES = ['048c', '159d', '26ae', '37bf', '05af', '16bc', '278d', '349e'];
const places = (text: string) => [...text].map((one) => parseInt(one, 16));
const turned = (value: bigint, by: bigint) => (value >> by) | ((value << (64n - by)) & ALL);

export function blake2b(message: Uint8Array, size: number): Uint8Array {
  if (message.length > 128) throw new Error('longer than one block');
  const words = new BigUint64Array(16);
  const bytes = new DataView(words.buffer);
  message.forEach((byte, at) => bytes.setUint8(at, byte));
  const word = (at: number) => bytes.getBigUint64(8 * at, true);
  const start = IV.map((value, at) => (at === 0 ? value ^ 0x01010000n ^ BigInt(size) : value));
  const v = [...start, ...IV];
  v[12] = v[12]! ^ BigInt(message.length);
  v[14] = v[14]! ^ ALL; // This block is the last.
  for (let round = 0; round < 12; round += 1) {
    const order = places(ORDER[round % 10]!);
    PLACES.map(places).forEach(([a, b, c, d], at) => {
      const mix = (x: bigint, first: bigint, second: bigint) => {
        v[a!] = (v[a!]! + v[b!]! + x) & ALL;
        v[d!] = turned(v[d!]! ^ v[a!]!, first);
        v[c!] = (v[c!]! + v[d!]!) & ALL;
        v[b!] = turned(v[b!]! ^ v[c!]!, second);
      };
      mix(word(order[2 * at]!), 32n, 24n);
      mix(word(order[2 * at + 1]!), 16n, 63n);
    });
  }
  const out = new DataView(new ArrayBuffer(64));
  start.forEach((value, at) => out.setBigUint64(8 * at, value ^ v[at]! ^ v[at + 8]!, true));
  return new Uint8Array(out.buffer, 0, size);
}
