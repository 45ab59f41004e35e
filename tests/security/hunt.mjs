// Looks for secrets where they must not be: in every spelling that a careless line of code could leave behind, in files, memory, answers and
// recorded traffic. It counts what it looked through. Whoever finds one is told where, never the secret.
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

/** Raw, hex, base64, base64url, URL-encoded, JSON-escaped, UTF-16, reversed, and halves. */
export function spellings(secret) {
    const raw = Buffer.from(secret);
    const hex = raw.toString('hex');
    // Base64 of the secret at each of the three places it can stand in a longer text; the ends depend on the neighbours.
    const inBase64 = [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift, 'x'), raw]).toString('base64').slice(4, -4));
    const percent = [...raw].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
    const u = (text) => [...text].map((letter) => (/[ -~]/.test(letter) && !/["\\/&<>]/.test(letter) ? letter : `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)).join('');
    const half = secret.length / 2;
    const texts = {
        raw: [secret], hex: [hex, hex.toUpperCase(), hex.match(/../g).join(' '), hex.match(/../g).join(':')],
        base64: inBase64, base64url: inBase64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
        url: [encodeURIComponent(secret), encodeURIComponent(secret).replaceAll('%20', '+'), percent, percent.toUpperCase()],
        json: [JSON.stringify(secret).slice(1, -1), JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1), u(secret), u(secret).toUpperCase().replaceAll('\\U', '\\u')],
        reversed: [[...secret].reverse().join(''), [...hex].reverse().join('')],
        // A piece of a dozen letters is no chance either.
        halves: half >= 12 ? [secret.slice(0, half), secret.slice(half)] : [],
    };
    const all = Object.entries(texts).flatMap(([how, list]) => list.map((text) => ({ how, bytes: Buffer.from(text) })));
    all.push({ how: 'utf16', bytes: Buffer.from(secret, 'utf16le') }, { how: 'utf16', bytes: Buffer.from(secret, 'utf16le').swap16() });
    const seen = new Set();
    return all.filter(({ bytes }) => bytes.length >= 12 && !seen.has(bytes.toString('latin1')) && seen.add(bytes.toString('latin1')));
}

const hash = (word) => Math.imul(word, 0x9e3779b1) >>> 16;

export class Hunt {
    #byWord = new Map();
    #filter = new Uint8Array(65_536);
    found = [];
    artefacts = {};
    bytes = 0;

    add(name, secret) {
        if (secret.length < 16) throw new Error(`${name} is so short that it could be found by chance`);
        for (const { how, bytes } of spellings(secret)) {
            const word = bytes.readInt32LE(0);
            this.#filter[hash(word)] = 1;
            if (!this.#byWord.has(word)) this.#byWord.set(word, []);
            this.#byWord.get(word).push({ name, how, bytes });
        }
    }

    /** What of ours stands in these bytes: all spellings in one pass. */
    hits(bytes) {
        const filter = this.#filter, names = new Set();
        let word = 0;
        for (let i = 0; i < bytes.length; i += 1) {
            word = (word >>> 8) | (bytes[i] << 24);
            if (filter[Math.imul(word, 0x9e3779b1) >>> 16] === 0) continue;
            const at = i - 3;
            if (at < 0) continue;
            for (const needle of this.#byWord.get(word | 0) ?? [])
                if (at + needle.bytes.length <= bytes.length && needle.bytes.equals(bytes.subarray(at, at + needle.bytes.length))) names.add(`${needle.name} (${needle.how})`);
        }
        return [...names];
    }

    /** One artefact of a kind. */
    look(kind, where, content) {
        const bytes = Buffer.isBuffer(content) ? content : Buffer.from(content);
        this.artefacts[kind] = (this.artefacts[kind] ?? 0) + 1;
        this.#search(where, bytes);
    }
    #search(where, bytes) {
        this.bytes += bytes.length;
        for (const one of this.hits(bytes)) this.found.push(`${one} in ${where}`);
    }

    /** Every file beneath a folder, and the names of all of them. */
    folder(kind, folder, skip = () => false) {
        for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
            const file = path.join(folder, entry.name);
            if (skip(file)) continue;
            if (entry.isDirectory()) this.folder(kind, file, skip);
            else if (entry.isFile()) {
                let bytes;
                // A log of a database may go while we look.
                try { bytes = fs.readFileSync(file); } catch { continue; }
                this.look(kind, file, Buffer.concat([Buffer.from(`${file}\n`), bytes]));
            }
        }
    }

    /** A forced image of a process: everything in it that a core file would hold, and its command line and environment. `keep` writes it down. */
    image(pid, name, { keep } = {}) {
        for (const file of ['cmdline', 'environ', 'comm', 'status', 'limits']) this.look('process', `/proc of ${name}: ${file}`, fs.readFileSync(`/proc/${pid}/${file}`));
        const memory = fs.openSync(`/proc/${pid}/mem`, 'r');
        let bytesRead = 0, range;
        for (const line of fs.readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
            const head = /^([0-9a-f]+)-([0-9a-f]+) (....) \S+ \S+ \d+ *(.*)$/.exec(line);
            if (head) range = head;
            const rss = /^Rss: +(\d+) kB$/.exec(line);
            // Pages that are a file's own and nobody has written to are that file's; what was never touched holds nothing.
            if (!rss || !range || rss[1] === '0' || /^\[v/.test(range[4]) || (range[3][1] !== 'w' && range[4].startsWith('/'))) continue;
            const end = BigInt(`0x${range[2]}`), step = 1 << 22;
            for (let at = BigInt(`0x${range[1]}`); at < end; at += BigInt(step)) {
                // Overlapping: what stands on the border is seen whole once.
                const bytes = Buffer.alloc(Number(end - at < BigInt(step) ? end - at : BigInt(step + 4096) < end - at ? BigInt(step + 4096) : end - at));
                let read = 0;
                try { read = fs.readSync(memory, bytes, 0, bytes.length, at); } catch { continue; }
                bytesRead += read;
                this.#search(`the memory of ${name} (${range[4] || 'anonymous'})`, bytes.subarray(0, read));
                if (keep) fs.writeSync(keep, bytes, 0, read);
            }
            range = undefined;
        }
        fs.closeSync(memory);
        this.artefacts.image = (this.artefacts.image ?? 0) + 1;
        if (bytesRead < 100_000) throw new Error(`the memory of ${name} could not be read`);
    }

    count() { return Object.values(this.artefacts).reduce((sum, one) => sum + one, 0); }
    report() {
        const kinds = Object.entries(this.artefacts).sort(([a], [b]) => a.localeCompare(b)).map(([kind, number]) => `${kind} ${number}`).join(', ');
        return `${this.count()} artefacts (${kinds}), ${(this.bytes / 1e6).toFixed(0)} MB, ${[...this.#byWord.values()].flat().length} spellings`;
    }
}

/** What a client put into WebSocket frames, without their masks. */
function unmasked(bytes) {
    const payloads = [];
    let at = 0;
    while (at + 2 <= bytes.length) {
        const masked = bytes[at + 1] & 0x80;
        let size = bytes[at + 1] & 0x7f, head = at + 2;
        if (size === 126) { if (head + 2 > bytes.length) break; size = bytes.readUInt16BE(head); head += 2; }
        else if (size === 127) { if (head + 8 > bytes.length) break; size = Number(bytes.readBigUInt64BE(head)); head += 8; }
        const mask = masked ? bytes.subarray(head, head + 4) : undefined;
        if (masked) head += 4;
        if (head + size > bytes.length) break;
        const payload = Buffer.from(bytes.subarray(head, head + size));
        if (mask) for (let i = 0; i < payload.length; i += 1) payload[i] ^= mask[i & 3];
        payloads.push(payload);
        at = head + size;
    }
    return payloads;
}

/** Stands between a client and `target`, and keeps every byte that passes in either direction. */
export class Recorder {
    static async before(target) {
        const recorder = new Recorder();
        const to = new URL(target);
        recorder.streams = [];
        recorder.server = net.createServer((client) => {
            const server = net.connect(Number(to.port), to.hostname);
            const stream = { up: [], down: [] };
            recorder.streams.push(stream);
            client.on('data', (chunk) => { stream.up.push(chunk); server.write(chunk); });
            server.on('data', (chunk) => { stream.down.push(chunk); client.write(chunk); });
            for (const [one, other] of [[client, server], [server, client]]) {
                one.on('error', () => other.destroy());
                one.on('close', () => other.end());
            }
        });
        await new Promise((resolve) => recorder.server.listen(0, '127.0.0.1', resolve));
        recorder.url = `${to.protocol}//127.0.0.1:${recorder.server.address().port}${to.pathname === '/' ? '' : to.pathname}`;
        return recorder;
    }

    /** Requests, answers and frames, each an artefact. */
    giveTo(hunt, name) {
        for (const [number, { up, down }] of this.streams.entries()) {
            const where = `${name}, connection ${number}`;
            for (const [direction, chunks] of [['up', up], ['down', down]]) {
                const bytes = Buffer.concat(chunks), text = bytes.toString('latin1');
                const upgrade = direction === 'up' ? /\r\nupgrade: websocket/i.test(text) : /^HTTP\/1\.1 101/.test(text);
                if (upgrade) {
                    const end = text.indexOf('\r\n\r\n') + 4;
                    hunt.look('traffic', where, bytes.subarray(0, end));
                    for (const payload of unmasked(bytes.subarray(end))) hunt.look('frame', where, payload);
                    continue;
                }
                // Whole, so that nothing hides on a border; counted by message.
                hunt.look('traffic', where, bytes);
                const messages = text.match(direction === 'up' ? /(?:GET|POST|PUT|DELETE) \S+ HTTP\/1\.1\r\n/g : /HTTP\/1\.1 \d{3} /g)?.length ?? 1;
                hunt.artefacts.traffic += messages - 1;
            }
        }
        this.streams = [];
    }
    stop() { this.server.close(); }
}
