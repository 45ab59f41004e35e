// The check of the security documents, checked: what is lost is found, what is there is let through.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { countOf, gaps, idle, lost, references, stale } from './papers.mjs';

const FILES = { 'tests/a.test.mjs': "test('it holds, and \\'quoted\\' too', () => {});", 'src/a/b_test.cpp': 'TEST_CASE("money is exact") {', 'src/a/b.cpp': '' };
const read = (file) => FILES[file];
const IDS = '# numbers\n1.1.1 2\n1.1.2 1\n1.1.3 3\n2.1.1 1\n';
const row = (id, how = 'met: `src/a/b.cpp`') => `| ${id} | what it asks | ${how} |`;

test('files and tests that are not there are found, with their line', () => {
    assert.deepEqual(lost("`src/a/b.cpp` and\n`src/a/b_test.cpp › money is exact`, `tests/a.test.mjs › it holds, and 'quoted' too`", read), []);
    assert.deepEqual(lost('fine\n`src/a/c.cpp`', read), ['2: there is no file src/a/c.cpp']);
    assert.deepEqual(lost('`src/a/b_test.cpp › money`', read), ['1: there is no test "money" in src/a/b_test.cpp']);
    assert.deepEqual(references('`backfuture security`, `docs/x` and `GET /api/v1/x`'), []);
});

test('a deliberate bug whose words are gone, or stand there twice, is found', () => {
    const bug = (find) => [{ name: 'b', edits: [['tests/a.test.mjs', find, '']] }];
    assert.deepEqual(stale(bug('it holds'), read), []);
    assert.deepEqual(stale(bug('it held'), read), ['b: "it held" stands 0 times in tests/a.test.mjs']);
    assert.match(stale(bug('t'), read)[0], /stands \d+ times/);
    assert.match(stale([{ name: 'b', edits: [['src/x.cpp', 'a', '']] }], read)[0], /stands 0 times in src\/x\.cpp/);
});

test('a test file that nobody runs is found, whether a list or a line would name it', () => {
    const cmake = 'foreach(script locked open)\n  add_test(NAME door_${script} COMMAND ${NODE} --test ${CMAKE_CURRENT_SOURCE_DIR}/door/${script}.test.mjs)\nendforeach()\n' +
        'bf_test(test_a SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/a/a_test.cpp\n          ${CMAKE_CURRENT_SOURCE_DIR}/a/b_test.cpp)';
    assert.deepEqual(idle(['door/locked.test.mjs', 'door/open.test.mjs', 'a/a_test.cpp', 'a/b_test.cpp'], cmake), []);
    assert.match(idle(['door/ajar.test.mjs'], cmake).join(), /door\/ajar\.test\.mjs is run by nobody/);
    assert.match(idle(['a/c_test.cpp'], cmake).join(), /a\/c_test\.cpp/);
});

test('a table without gaps passes', () => assert.deepEqual(gaps(`${row('1.1.1')}\n| V1.1.2 | no such thing here |\n| V2 | nor this |`, IDS), []));

const broken = {
    'a row that is missing': [row('1.1.1') + '\n| V2 | why |', /1\.1\.2 is missing/],
    'a number that is none': [row('9.9.9'), /9\.9\.9 is no requirement/],
    'a row twice': [`${row('1.1.1')}\n${row('1.1.1')}`, /1\.1\.1 stands there 2 times/],
    'a row that is excluded besides': [`${row('1.1.1')}\n| V1.1 | why |`, /1\.1\.1 stands there 2 times/],
    'an empty answer': [row('1.1.1', ''), /1\.1\.1 has no answer/],
    'an answer without its place': [row('1.1.1', 'met: by us'), /1\.1\.1 names no test/],
    'an exclusion without a reason': ['| V2 |  |', /2 does not say why/],
};
for (const [name, [text, expected]] of Object.entries(broken)) test(`finds ${name}`, () => assert.match(gaps(text, IDS).join('\n'), expected));

test('answers are counted', () => assert.deepEqual(countOf(`${row('1.1.1')}\n${row('1.1.2', 'not met: why')}\n| V2 | x |`), { rows: 2, met: 1, partly: 0, not_met: 1, excluded: 1 }));
