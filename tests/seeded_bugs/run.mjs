// Puts each deliberate bug into a copy of the tree, builds what must catch it there and demands that it fails; and that it passes without
// one. Trading's bugs are for the storms, the signer's each for a test of its own.
// node tests/seeded_bugs/run.mjs [--trading|--signer] [NAME...]    BF_SEEDED_RUNS: seeds a bug of trading has to show itself in (25)
// --table: the signer's bugs and their tests, as docs/design/attacks.md has them.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUGS as TRADING } from './bugs.mjs';
import { SIGNER_BUGS } from './signer_bugs.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPY = path.join(ROOT, 'build', 'seeded', 'tree'), BUILD = path.join(COPY, 'build', 'release');  // As deep as our own build, so that the compiler cache knows the files.
const RUNS = process.env.BF_SEEDED_RUNS ?? '25';
const TESTS = [
    { target: 'test_strategies_storm', args: ['-tc=a storm*'], env: { BF_STORM_RUNS: RUNS }, seconds: 600 },
    { target: 'test_orders', args: ['-tc=a storm*'], env: { BF_STORM_RUNS: '20' }, seconds: 600 },
];

function sh(command, args, options = {}) {
    const done = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
    if (done.error && done.error.code !== 'ETIMEDOUT') throw done.error;
    return done;
}
function must(command, args, options) {
    const done = sh(command, args, options);
    if (done.status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${done.stdout}${done.stderr}`.slice(-4000));
}

/** The tree as it is now: what git knows, with what was changed since. Only files that differ are written, so that little is built anew. */
function copyTree() {
    const files = sh('git', ['-C', ROOT, 'ls-files', '-co', '--exclude-standard']).stdout.split('\n').filter((file) => /^(src|tests|cmake|golden|docs\/reference|CMake)/.test(file));
    for (const file of files) {
        const from = path.join(ROOT, file), to = path.join(COPY, file);
        if (!fs.existsSync(from) || !fs.statSync(from).isFile()) continue;
        const bytes = fs.readFileSync(from);
        if (fs.existsSync(to) && fs.readFileSync(to).equals(bytes)) continue;
        fs.mkdirSync(path.dirname(to), { recursive: true });
        fs.writeFileSync(to, bytes);
    }
    fs.cpSync(path.join(ROOT, 'web/dist'), path.join(COPY, 'web/dist'), { recursive: true });
    // The packages that scripts need; a clean checkout has them after ./dev test.
    for (const folder of fs.readdirSync(path.join(COPY, 'tests'))) {
        const [from, to] = [ROOT, COPY].map((tree) => path.join(tree, 'tests', folder, 'node_modules'));
        if (fs.existsSync(from) && !fs.existsSync(to)) fs.symlinkSync(from, to);
    }
}
function build(target) {
    const env = { ...process.env, CCACHE_BASEDIR: COPY, CCACHE_NOHASHDIR: '1' };
    if (!fs.existsSync(path.join(BUILD, 'build.ninja'))) must('cmake', ['--preset', 'release', '-DBF_BENCH=OFF'], { cwd: COPY, env });
    must('ninja', ['-C', BUILD, target], { env });
}
/** What must catch a bug that names its test: a test case of a program of ours, or a test of a script that runs the whole program. */
const named = ({ target, script, name }) => ({ target, script, name, args: [`-tc=${name.replaceAll(',', '?')}`], env: {}, seconds: 300 });
const testsOf = (bug) => (bug.by ? [named(bug.by)] : TESTS);
function judgeScript({ script, name }) {
    const done = sh('node', ['--test', '--test-reporter=tap', path.join(COPY, 'tests', script)], { env: { ...process.env, BF_BINARY: path.join(BUILD, 'backfuture'), BF_BUILD: BUILD }, timeout: 300_000 });
    const result = done.stdout.split('\n').map((line) => /^ *(not )?ok \d+ - (.*?)(?: # .*)?$/.exec(line)).find((found) => found?.[2].replaceAll('\\#', '#') === name);
    if (!result) return 'passed, for it never came to its test';
    // Of a list of findings the first.
    const first = /^ +actual: *\n +0: '(.*)'$/m.exec(done.stdout)?.[1];
    return result[1] ? `"${name}"${first ? `: ${first.replaceAll(/\/tmp\/[\w-]+\//g, '')}` : ''}` : 'passed';
}
/** "passed", or what the first complaint was. */
function judge(test) {
    if (test.script) return judgeScript(test);
    const program = ['tests', 'src'].map((folder) => path.join(BUILD, folder, test.target)).find(fs.existsSync);
    const done = sh(program, test.args, { env: { ...process.env, ...test.env }, timeout: test.seconds * 1000 });
    if (done.status === 0) return test.name && /test cases: +0 /.test(done.stdout) ? 'passed, but has no such test' : 'passed';
    if (done.status === null && done.error) return 'it did not come to an end';
    if (test.name && done.status !== null) return `"${test.name}"`;
    const complaint = /ERROR: (.*)/.exec(done.stdout);
    return complaint ? complaint[1] : `it ended with ${done.status ?? done.signal}`;
}

if (process.argv.includes('--table')) {
    for (const { says, by } of SIGNER_BUGS) console.log(`| ${says} | \`${by.script ?? by.target}\`: ${by.name} |`);
    process.exit(0);
}
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const ALL = process.argv.includes('--trading') ? TRADING : process.argv.includes('--signer') ? SIGNER_BUGS : [...TRADING, ...SIGNER_BUGS];
const bugs = wanted.length > 0 ? ALL.filter((bug) => wanted.includes(bug.name)) : ALL;
const tests = new Map(bugs.flatMap(testsOf).map((test) => [`${test.target} ${test.script ?? ''} ${test.name ?? ''}`, test]));
let missed = 0, stale = 0;
copyTree();
for (const target of new Set([...tests.values()].map((test) => test.target))) build(target);
if (wanted.length === 0)
    for (const test of tests.values()) {
        const verdict = judge(test);
        console.log(`without a bug  ${test.target}${test.name ? ` "${test.name}"` : ''}: ${verdict}`);
        if (verdict !== 'passed') process.exit(1);
    }
for (const bug of bugs) {
    const before = new Map();
    let applies = true;
    for (const [file, find, make] of bug.edits) {
        const at = path.join(COPY, file), text = fs.readFileSync(at, 'utf8');
        if (!before.has(file)) before.set(file, text);
        if (text.split(find).length !== 2) {
            applies = false;
            console.log(`NO LONGER APPLIES  ${bug.name}: "${find}" stands ${text.split(find).length - 1} times in ${file}`);
            break;
        }
        fs.writeFileSync(at, text.replace(find, () => make));
    }
    try {
        if (!applies) {
            stale += 1;
            continue;
        }
        let caught = null;
        for (const test of testsOf(bug)) {
            try {
                build(test.target);
            } catch (error) {
                applies = false;
                console.log(`NO LONGER APPLIES  ${bug.name}: it does not build: ${/error: .*/.exec(error.message)?.[0]}`);
                break;
            }
            const verdict = judge(test);
            if (verdict.startsWith('passed')) continue;
            caught = `${test.script ?? test.target}: ${verdict}`;
            break;
        }
        if (!applies) {
            stale += 1;
            continue;
        }
        if (!caught) missed += 1;
        console.log(caught ? `caught  ${bug.name} (${bug.says}): ${caught}` : `MISSED  ${bug.name}: ${bug.says}`);
    } finally {
        for (const [file, text] of before) fs.writeFileSync(path.join(COPY, file), text);
    }
}
console.log(`${bugs.length} bugs, ${bugs.length - missed - stale} caught, ${missed} missed, ${stale} no longer apply`);
process.exit(missed + stale > 0 ? 1 : 0);
