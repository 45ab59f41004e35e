// Puts each deliberate bug into a copy of the tree, builds the storms there and demands that they fail; and that they pass without one.
// node tests/seeded_bugs/run.mjs [NAME...]    BF_SEEDED_RUNS: seeds a bug has to show itself in (25)
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUGS } from './bugs.mjs';

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
    const files = sh('git', ['-C', ROOT, 'ls-files', '-co', '--exclude-standard']).stdout.split('\n').filter((file) => /^(src|tests|cmake|golden|CMake)/.test(file));
    for (const file of files) {
        const from = path.join(ROOT, file), to = path.join(COPY, file);
        if (!fs.existsSync(from) || !fs.statSync(from).isFile()) continue;
        const bytes = fs.readFileSync(from);
        if (fs.existsSync(to) && fs.readFileSync(to).equals(bytes)) continue;
        fs.mkdirSync(path.dirname(to), { recursive: true });
        fs.writeFileSync(to, bytes);
    }
    fs.cpSync(path.join(ROOT, 'web/dist'), path.join(COPY, 'web/dist'), { recursive: true });
}
function build(target) {
    const env = { ...process.env, CCACHE_BASEDIR: COPY, CCACHE_NOHASHDIR: '1' };
    if (!fs.existsSync(path.join(BUILD, 'build.ninja'))) must('cmake', ['--preset', 'release', '-DBF_BENCH=OFF'], { cwd: COPY, env });
    must('ninja', ['-C', BUILD, target], { env });
}
/** "passed", or what the first complaint was. */
function judge(test) {
    const done = sh(path.join(BUILD, 'tests', test.target), test.args, { env: { ...process.env, ...test.env }, timeout: test.seconds * 1000 });
    if (done.status === 0) return 'passed';
    if (done.status === null && done.error) return 'it did not come to an end';
    const complaint = /ERROR: (.*)/.exec(done.stdout);
    return complaint ? complaint[1] : `it ended with ${done.status ?? done.signal}`;
}

const wanted = process.argv.slice(2);
const bugs = wanted.length > 0 ? BUGS.filter((bug) => wanted.includes(bug.name)) : BUGS;
let missed = 0, stale = 0;
copyTree();
for (const test of TESTS) build(test.target);
if (wanted.length === 0)
    for (const test of TESTS) {
        const verdict = judge(test);
        console.log(`without a bug  ${test.target}: ${verdict}`);
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
        for (const test of TESTS) {
            try {
                build(test.target);
            } catch (error) {
                applies = false;
                console.log(`NO LONGER APPLIES  ${bug.name}: it does not build: ${/error: .*/.exec(error.message)?.[0]}`);
                break;
            }
            const verdict = judge(test);
            if (verdict === 'passed') continue;
            caught = `${test.target}: ${verdict}`;
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
