// Slips at the command line: each ends with its exit status and a sentence that says what is wrong, where, and what to do; with --json the
// same as one object on standard output. Nothing of it reaches a server.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { run, scratch } from './support.mjs';

const GOOD = JSON.stringify({ key: 'mx0SimulatedKey000000', secret: '0123456789abcdef0123456789abcdef' });
const check = (...more) => ['check', '--exchange', 'mexc', '--market', 'spot', '--base-url', 'http://127.0.0.1:9', ...more];

// [what, arguments, standard input, exit status, what the sentence says]
const slips = [
    ['no command', [], '', 64, /command|subcommand/i],
    ['an unknown command', ['conect'], '', 64, /conect/],
    ['an unknown flag', ['serve', '--prot', '1'], '', 64, /--prot/],
    ['a flag without its value', ['simulate', '--seed'], '', 64, /seed/],
    ['a secret where none belongs', check('--secret=0123456789abcdef0123456789abcdef'), GOOD, 64, /--secret/],
    ['check without an exchange', ['check', '--market', 'spot'], GOOD, 64, /--exchange/],
    ['check of an unknown exchange', ['check', '--exchange', 'mtgox', '--market', 'spot'], GOOD, 64, /mtgox/],
    ['check of an unknown market', ['check', '--exchange', 'mexc', '--market', 'options'], GOOD, 64, /options|market/],
    ['an unknown site', check('--site', 'mars'), GOOD, 64, /site|mars/],
    ['a site that the exchange has not', check('--site', 'eu'), GOOD, 64, /--site must be global: MEXC has no other/],
    ['an address that is none', ['check', '--exchange', 'mexc', '--market', 'spot', '--base-url', 'ftp://x'], GOOD, 64, /base-url/],
    ['an address that is empty', ['check', '--exchange', 'mexc', '--market', 'spot', '--base-url', ''], GOOD, 64, /--base-url.*empty/],
    ['an address in other words than it was given', ['check', '--exchange', 'mexc', '--market', 'spot', '--base-url', 'ftp://x'], GOOD, 64, /"ftp:\/\/x" is not/],
    ['an exchange twice', check('--exchange', 'mexc'), GOOD, 64, /takes --exchange once/],
    ['an acceptance that does not exist', check('--accept', 'everything'), GOOD, 64, /everything|accept/],
    ['a symbol that is none', check('--symbol', 'BTCUSDT'), GOOD, 64, /symbol|BTCUSDT/],
    ['credentials that are not JSON', check(), 'key=abc', 64, /JSON/],
    ['credentials cut off', check(), '{"key":"mx0', 64, /JSON/],
    ['no credentials at all', check(), '', 64, /JSON|credentials|key/],
    ['credentials that are a list', check(), '["mx0","secret"]', 64, /object|key|field/],
    ['credentials that hold nothing', check(), '{}', 64, /key is missing/],
    ['credentials without a secret', check(), '{"key":"mx0SimulatedKey000000"}', 64, /secret/],
    ['a secret that is a number', check(), '{"key":"mx0SimulatedKey000000","secret":12}', 64, /secret/],
    ['an unknown field in the credentials', check(), '{"key":"mx0SimulatedKey000000","secret":"0123456789abcdef0123456789abcdef","apiSecret":"x"}', 64, /member other than/],
    ['a listening address without a port', ['serve', '--listen', '127.0.0.1'], '', 64, /ADDRESS:PORT/],
    ['a port out of range', ['serve', '--listen', '127.0.0.1:99999'], '', 64, /ADDRESS:PORT/],
    ['an alarm command that is no program', ['serve', '--alarm-command', 'wake-me --loud'], '', 64, /whole path of a program.*no arguments/],
    ['a patience that is none', ['serve', '--hung-after', '5'], '', 64, /10 to 3600 seconds, or 0, not '5'/],
    ['an open listening address', ['serve', '--listen', '0.0.0.0:0'], '', 64, /--tls self-signed/],
    ['a database that is empty', ['serve', '--store', ''], '', 64, /--store.*empty/],
    ['an exchange address without an exchange', ['serve', '--exchange-url', 'http://127.0.0.1:1'], '', 64, /--exchange-url/],
    ['an exchange address of an unknown exchange', ['serve', '--exchange-url', 'mtgox=http://127.0.0.1:1'], '', 64, /mtgox/],
    ['a simulation of an unknown exchange', ['simulate', '--exchanges', 'mtgox'], '', 64, /mtgox/],
    ['an exchange simulated twice', ['simulate', '--exchanges', 'kucoin,kucoin'], '', 64, /--exchanges names kucoin twice/],
    ['a simulation with unknown limits', ['simulate', '--limits', 'some'], '', 64, /--limits must be real or off, not 'some'/],
    ['words in the wrong order', ['connections', 'limits', 'show', 'Main'], '', 64, /action must be show or set, not 'Main'/],
    ['a number that is none', ['strategies', 'let-go', 'abc', '--data', '/nope'], '', 64, /group must be a number, not 'abc'/],
    ['a seed that is no number', ['simulate', '--seed', 'abc'], '', 64, /seed/],
    ['a seed below zero', ['simulate', '--listen', '127.0.0.1:0', '--seed', '-1'], '', 64, /--seed.*not -1/],
    ['a seed that no number holds', ['simulate', '--listen', '127.0.0.1:0', '--seed', '99999999999999999999999'], '', 64, /--seed.*at most/],
    ['wire of an unknown operation', ['wire', 'request', '--exchange', 'mexc', '--market', 'spot', '--operation', 'withdraw', '--timestamp-ms', '1'], GOOD, 64, /--operation.*place_order.*'withdraw'/],
    ['wire with a status that is none', ['wire', 'parse', '--exchange', 'mexc', '--market', 'spot', '--operation', 'balances', '--status', '-1'], '{}', 64, /--status/],
    ['wire with a folder for its instruments', ['wire', 'parse', '--exchange', 'mexc', '--market', 'spot', '--operation', 'balances', '--instruments', '/tmp'], '{}', 64, /\/tmp can't be read/],
    ['a back-test of a folder', ['backtest', '--settings', '/tmp', '--candles', '/tmp'], '', 64, /folder, not a file/],
    ['a signed request without its secret', ['wire', 'request', '--exchange', 'mexc', '--market', 'spot', '--operation', 'balances', '--timestamp-ms', '1'], '{"key":"mx0SimulatedKey000000","secret":""}', 3, /secret|missing_argument/],
    ['wire without a request', ['wire', 'request', '--exchange', 'mexc'], '', 64, /.+/],
    ['wire with broken JSON', ['wire', 'request', '--exchange', 'mexc', '--market', 'spot', '--operation', 'balances', '--timestamp-ms', '1700000000000'], '{"key":', 64, /JSON/],
    ['connections without a verb', ['connections'], '', 64, /.+/],
    ['a connection without a name', ['connections', 'add', '--exchange', 'mexc', '--market', 'spot'], GOOD, 64, /--name/],
    ['a server that is not there', ['connections', 'list'], '', 3, /server/],
    ['a test of a connection without a server', ['connections', 'test', 'Main'], '', 3, /server/],
];

for (const [what, args, input, code, sentence] of slips)
    for (const json of args.length > 0 ? [false, true] : [false])
        test(`${what}${json ? ', --json' : ''}`, async (context) => {
            const data = scratch(context);
            const takesData = ['serve', 'connections'].includes(args[0]) && !args.includes('--data');
            const result = await run([...args, ...(takesData && args.length > 1 ? ['--data', data] : []), ...(json ? ['--json'] : [])], input);
            assert.equal(result.code, code, `${result.out}${result.err}`);
            const said = json && result.json ? result.json.error ?? result.json.detail ?? result.out : result.err;
            assert.match(said, sentence);
            assert.ok(said.trim().length > 15, `too short to help: ${said}`);
            assert.doesNotMatch(result.err + result.out, /terminate called|exception|core dumped|std::/);
            if (json) assert.ok(result.json, `not one JSON object: ${result.out}`);
            if (json && result.json.error && code === 64) assert.equal(typeof result.json.where, 'string', result.out);
            assert.ok(!(result.err + result.out).includes('0123456789abcdef0123456789abcdef'), 'the secret is repeated');
        });

test('the place that is named is the option, where an option is wrong', async () => {
    for (const [args, where] of [
        [['check', '--exchange', 'mtgox', '--market', 'spot', '--json'], '--exchange'],
        [['wire', 'request', '--exchange', 'mtgox', '--market', 'spot', '--operation', 'balances', '--timestamp-ms', '1'], '--exchange'],
        [['wire', 'request', '--exchange', 'mexc', '--market', 'options', '--operation', 'balances', '--timestamp-ms', '1'], '--market'],
        [['wire', 'request', '--exchange', 'mexc', '--market', 'spot', '--operation', 'nothing', '--timestamp-ms', '1'], '--operation'],
        [['wire', 'parse', '--exchange', 'mexc'], '--market'],
    ]) {
        const { code, json, out } = await run(args, GOOD);
        assert.equal(code, 64, out);
        assert.equal(json?.where, where, out);
    }
});

test('--json holds wherever it stands, and the sentence is that of the line without it', async () => {
    const line = ['wire', 'request', '--exchange', 'mexc', '--market', 'spot', '--operation', 'balances', '--timestamp-ms', '1700000000000'];
    const plain = await run(line, GOOD);
    for (const args of [['--json', ...line], ['wire', '--json', ...line.slice(1)], ['--json', 'wire', '--json', ...line.slice(1), '--json']]) {
        const { code, json, out } = await run(args, GOOD);
        assert.equal(code, 0, out);
        assert.deepEqual(json, plain.json);
    }
    const refused = await run(['--json', 'check', '--market', 'spot'], GOOD);
    assert.equal(refused.code, 64);
    assert.equal(refused.json?.where, '--exchange', refused.out);
});

test('credentials of an editor that marks UTF-8 are the same credentials', async () => {
    const line = ['wire', 'request', '--exchange', 'mexc', '--market', 'spot', '--operation', 'balances', '--timestamp-ms', '1700000000000'];
    assert.deepEqual((await run(line, `\ufeff${GOOD}\r\n`)).json, (await run(line, GOOD)).json);
});

test('the version is one JSON object where JSON is asked for, before and behind it', async () => {
    const plain = await run(['--version']);
    assert.equal(plain.code, 0);
    assert.match(plain.out, /^\d+\.\d+\.\d+\n$/);
    for (const line of [['--version', '--json'], ['--json', '--version']]) {
        const { code, json, out } = await run(line);
        assert.equal(code, 0, line.join(' '));
        assert.deepEqual(json, { version: plain.out.trim() }, out);
    }
});

test('one object, however often --json is said', async () => {
    const { code, json, out } = await run(['check', '--json', '--nonsense', '--json']);
    assert.equal(code, 64);
    assert.ok(json?.error, out);
});

test('a public call is written without a key', async () => {
    const line = ['wire', 'request', '--exchange', 'kucoin', '--market', 'spot', '--operation', 'server_time', '--timestamp-ms', '1700000000000'];
    const alone = await run(line, '');
    assert.equal(alone.code, 0, alone.err);
    assert.deepEqual([alone.json.method, alone.json.headers], ['GET', {}]);
    assert.deepEqual((await run(line, JSON.stringify({ key: 'a'.repeat(24), secret: 'b', passphrase: 'c' }))).json, alone.json);
});
