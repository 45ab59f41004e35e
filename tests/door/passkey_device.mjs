// An authenticator and the browser around it, for tests that speak REST: Web Authentication level 2, ES256, no attestation.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest();

export class PasskeyDevice {
    constructor(origin) {
        this.origin = origin;
        this.id = randomBytes(32);
        this.counter = 0;
        this.flags = 0x05;  // Somebody was present, and verified.
        const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        this.key = privateKey;
        const { x, y } = publicKey.export({ format: 'jwk' });
        // A COSE key in CBOR: kty EC2, alg ES256, crv P-256, x, y.
        this.cose = Buffer.concat([Buffer.from('a5010203262001215820', 'hex'), Buffer.from(x, 'base64url'), Buffer.from('225820', 'hex'), Buffer.from(y, 'base64url')]);
    }
    #client(type, challenge) { return Buffer.from(JSON.stringify({ type, challenge, origin: this.origin, crossOrigin: false })); }
    #head(host, flags) {
        const counter = Buffer.alloc(4);
        counter.writeUInt32BE(this.counter);
        return Buffer.concat([sha256(host), Buffer.from([flags]), counter]);
    }
    /** What POST /passkeys takes, but for the name. */
    made({ challenge, host }) {
        const size = Buffer.from([0, this.id.length]);
        return {
            client_data: this.#client('webauthn.create', challenge).toString('base64url'),
            authenticator_data: Buffer.concat([this.#head(host, this.flags | 0x40), Buffer.alloc(16), size, this.id, this.cose]).toString('base64url'),
        };
    }
    /** What stands in a code's place. */
    answer({ challenge, host }) {
        const client = this.#client('webauthn.get', challenge), data = this.#head(host, this.flags);
        const signature = sign('sha256', Buffer.concat([data, sha256(client)]), this.key);
        return `passkey.${[this.id, client, data, signature, Buffer.alloc(0)].map((part) => part.toString('base64url')).join('.')}`;
    }
}
