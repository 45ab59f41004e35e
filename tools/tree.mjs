// Checks that the source tree keeps to its own rules: which folder may include which, what stands in one place only, and what the pure
// folders never touch.   node tools/tree.mjs [ROOT]   prints each breach as FILE:LINE: sentence and ends with 1 if there is one.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Each folder may include itself and what stands above it. */
const ORDER = ['base', 'money', 'crypto', 'wire', 'market', 'exchange', 'ports', 'connection', 'trading', 'engine', 'journal', 'backtest',
    'simulator', 'paper', 'sandbox', 'vault', 'backup', 'signer', 'net', 'store', 'server', 'app'];
/** Folders that are handed clock, network, disk and randomness and so run the same live, in backtests and in the simulation. */
const PURE = ['base', 'money', 'crypto', 'wire', 'market', 'exchange', 'ports', 'connection', 'trading', 'engine', 'backtest', 'simulator', 'paper'];
/** Folders that decide about money. */
const EXACT = ['money', 'wire', 'market', 'exchange', 'connection', 'trading', 'engine', 'simulator', 'paper'];

const OUTSIDE = /\b(system_clock::now|steady_clock::now|high_resolution_clock|random_device|getenv|fopen|ifstream|ofstream|std::rand|::time\(|::socket\(|sleep_for)\b/;

/** Who leaves the process. All calls to exchanges go through the connector, which is behind the client's list of hosts. */
const CONNECTS = /\b(async_connect|getaddrinfo|async_resolve)\b|(?<!\w)::(connect|sendto)\(/;
const CONNECTORS = ['net/connector.cpp', 'net/resolver.cpp', 'net/local_socket.cpp'];

/** What a folder may not include although the order allows it, or may although it does not. */
const MORE_RULES = [
    {
        of: /^simulator\//, never: /^(exchange|crypto)\//,
        because: 'the simulated exchanges share no signing and no reading with the adapters, so that one can catch the other',
    },
    { of: /^exchange\/[a-z]+\/calls\//, never: /^exchange\/[a-z]+\/replies\//, because: 'the half that the signer links knows no replies' },
    { of: /^exchange\/[a-z]+\/replies\//, never: /^exchange\/[a-z]+\/calls\//, because: 'the half that reads replies knows no signing' },
    { of: /^signer\//, never: /^exchange\/([a-z]+\/)?replies\//, because: 'the signer reads nothing an exchange sends' },
    { of: /^server\//, never: /^(vault|signer)\//, because: 'secrets live in the signer process only' },
];
/** The signer has local sockets and no other network. */
const EXTRA = [{ of: /^signer\//, may: /^net\/(local_socket|seqpacket)\.hpp$/ }];
/** Headers that cost half a minute a file, or that belong behind one folder's door. */
const ONE_PLACE = [
    { header: /^boost\/(asio|beast)/, folder: 'net', name: 'Asio and Beast' },
    { header: /^soci\//, folder: 'store', name: 'SOCI', also: ['server'] },
    { header: /^simdjson/, folder: 'wire', name: 'simdjson', also: ['exchange'] },
    { header: /^sqlite3/, folder: 'vault', name: "SQLite's own interface" },
    { header: /^(seccomp\.h|linux\/(landlock|seccomp|filter)\.h)/, folder: 'sandbox', name: 'Filters of the kernel' },
];

/** The exchange a file belongs to, if it belongs to one. */
const exchangeOf = (file) => /^exchange\/(?!catalogue)([a-z]+)\//.exec(file)?.[1];

function* breachesOfInclude(file, header, local) {
    const folder = file.split('/')[0], other = header.split('/')[0];
    if (!local) {
        for (const { header: pattern, folder: home, name, also = [] } of ONE_PLACE)
            if (pattern.test(header) && folder !== home && !also.includes(folder) && !file.endsWith('_test.cpp')) yield `${name}: only in ${home}/`;
        return;
    }
    if (other === 'support' && file.endsWith('_test.cpp')) return;
    if (!ORDER.includes(other)) return;
    const allowed = EXTRA.some(({ of, may }) => of.test(file) && may.test(header));
    if (ORDER.indexOf(other) > ORDER.indexOf(folder) && !allowed) yield `${folder}/ includes nothing of ${other}/, which stands below it`;
    for (const { of, never, because } of MORE_RULES) if (of.test(file) && never.test(header)) yield because;
    const mine = exchangeOf(file), theirs = exchangeOf(header);
    if (mine && theirs && mine !== theirs) yield 'one exchange knows nothing of another';
}

/** The breaches of one file: [{ line, sentence }]. `file` is relative to src/. */
export function check(file, text) {
    const found = [];
    const folder = file.split('/')[0];
    if (!ORDER.includes(folder)) return [{ line: 1, sentence: `the folder ${folder}/ has no place in the tree` }];
    const test = /_(test|fixture)\.(cpp|hpp)$/.test(file);
    text.split('\n').forEach((full, index) => {
        const tell = (sentence) => found.push({ line: index + 1, sentence });
        if (/[ \t]$/.test(full)) tell('blanks at the end of a line');
        if (full.includes('\t')) tell('a tab');
        const include = /^\s*#include (?:"([^"]+)"|<([^>]+)>)/.exec(full);
        if (include) for (const sentence of breachesOfInclude(file, include[1] ?? include[2], include[1] !== undefined)) tell(sentence);
        // A long sentence may stand in one line; long code may not.
        const code = full.replace(/R"\((.*?)\)"/g, '""').replace(/"(\\.|[^"\\])*"/g, '""').replace(/\/\/.*/, '');
        if (code.length > 180) tell('more than 180 characters of code');
        if (!test && PURE.includes(folder) && OUTSIDE.test(code)) tell(`${folder}/ is handed clock, disk and randomness; it takes none itself`);
        if (!test && EXACT.includes(folder) && /\b(double|float)\b/.test(code)) tell('no binary floating point where money is decided');
        if (!test && CONNECTS.test(code) && !CONNECTORS.includes(file)) tell(`connections are made in ${CONNECTORS.join(', ')} only, behind the list of hosts`);
        if (/\busing namespace std;/.test(code)) tell('using namespace std');
        if (/^(TODO|FIXME|XXX)\b/.test(full.replace(/^.*?\/\/\s*/, ''))) tell('unfinished work belongs into the roadmap');
    });
    if (text.length > 0 && !text.endsWith('\n')) found.push({ line: text.split('\n').length, sentence: 'no line end at the end of the file' });
    if (file.endsWith('.hpp') && !/^#pragma once$/m.test(text)) found.push({ line: 1, sentence: 'no #pragma once' });
    return found;
}

function* sources(folder) {
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
        const at = path.join(folder, entry.name);
        if (entry.isDirectory()) yield* sources(at);
        else if (/\.[ch]pp$/.test(entry.name)) yield at;
    }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const root = process.argv[2] ?? fileURLToPath(new URL('../src', import.meta.url));
    let count = 0, files = 0;
    for (const at of sources(root)) {
        const file = path.relative(root, at);
        ++files;
        for (const { line, sentence } of check(file, fs.readFileSync(at, 'utf8'))) {
            console.log(`src/${file}:${line}: ${sentence}`);
            ++count;
        }
    }
    console.error(`${files} files looked at, ${count} breaches`);
    process.exit(count > 0 || files === 0 ? 1 : 0);
}
