// The check of the tree, checked: each breach it knows is found where it is, and what is allowed is let through.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { check } from './tree.mjs';

const sentences = (file, text) => check(file, text + '\n').map(({ sentence }) => sentence);
const header = (text) => `#pragma once\n${text}`;

const breaches = {
    'an arrow upwards': ['money/decimal.cpp', '#include "wire/json.hpp"', /nothing of wire/],
    'the engine room from the pure inside': ['connection/book.cpp', '#include "net/client.hpp"', /nothing of net/],
    'the adapters from the simulator': ['simulator/kucoin/auth.cpp', '#include "exchange/kucoin/calls/signing.hpp"', /one can catch the other/],
    'our crypto from the simulator': ['simulator/mexc/auth.cpp', '#include "crypto/hmac.hpp"', /one can catch the other/],
    'replies in the signer': ['signer/service.cpp', '#include "exchange/mexc/replies/replies.hpp"', /reads nothing an exchange sends/],
    'HTTP in the signer': ['signer/run.cpp', '#include "net/client.hpp"', /nothing of net/],
    'replies in calls': ['exchange/mexc/calls/calls.cpp', '#include "exchange/mexc/replies/replies.hpp"', /knows no replies/],
    'calls in replies': ['exchange/mexc/replies/replies.cpp', '#include "exchange/mexc/calls/calls.hpp"', /knows no signing/],
    'another exchange': ['exchange/mexc/replies/replies.cpp', '#include "exchange/kucoin/replies/envelope.hpp"', /nothing of another/],
    'the vault in the web face': ['server/api.cpp', '#include "vault/vault.hpp"', /signer process only/],
    'Beast outside': ['app/serve.cpp', '#include <boost/beast/core.hpp>', /Asio and Beast: only in net/],
    'a connection past the list of hosts': ['app/engine_process.cpp', 'if (::connect(socket, place, size) != 0) return;', /behind the list of hosts/],
    'a name looked up past it': ['app/alarm_command.cpp', 'getaddrinfo(host.c_str(), nullptr, &hints, &list);', /behind the list of hosts/],
    'the clock inside': ['engine/orders.cpp', 'const auto now = std::chrono::system_clock::now();', /takes none itself/],
    'the disk inside': ['trading/case.cpp', 'std::ifstream in{path};', /takes none itself/],
    'a binary fraction of money': ['trading/margin.cpp', 'double margin = 0;', /binary floating point/],
    'a folder without a place': ['utils/misc.cpp', 'int a;', /no place in the tree/],
    'a tab': ['base/text.cpp', '\tint a;', /a tab/],
    'blanks at the end': ['base/text.cpp', 'int a; ', /blanks at the end/],
    'a header twice': ['base/text.hpp', 'int a();', /pragma once/],
    'long code': ['base/text.cpp', `int a = ${'1 + '.repeat(50)}1;`, /180 characters/],
    'work left over': ['base/text.cpp', '// TODO later', /roadmap/],
};
for (const [name, [file, text, expected]] of Object.entries(breaches))
    test(`finds ${name}`, () => {
        const found = sentences(file, text);
        assert.equal(found.length, 1, found.join('; '));
        assert.match(found[0], expected);
    });

const allowed = {
    'arrows downwards': ['connection/book.cpp', '#include "exchange/problem.hpp"\n#include "ports/keys.hpp"'],
    'local sockets in the signer': ['signer/run.cpp', '#include "net/seqpacket.hpp"'],
    'an exchange its own half': ['exchange/mexc/calls/calls.cpp', '#include "exchange/mexc/calls/signing.hpp"'],
    'words in strings and comments': ['trading/zones.cpp', 'say("double or ifstream"); // system_clock::now is not ours'],
    'a test that reads golden files': ['exchange/kucoin/replies/golden_test.cpp', 'std::ifstream in{path};'],
    'a long sentence': ['exchange/problem_text.cpp', `say("${'word '.repeat(60)}");`],
};
for (const [name, [file, text]] of Object.entries(allowed)) test(`allows ${name}`, () => assert.deepEqual(sentences(file, text), []));

test('tells the line', () => assert.deepEqual(check('base/a.hpp', header('\nint a; \n')), [{ line: 3, sentence: 'blanks at the end of a line' }]));
test('misses no line end at the end of a file', () => assert.match(check('base/a.cpp', 'int a;')[0].sentence, /no line end/));
