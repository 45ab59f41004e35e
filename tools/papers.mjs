// Checks that the security documents keep their word: every file and every test they name is there, the ASVS table leaves no requirement of
// level 1 or 2 out, has none twice and no empty cell, each test file beneath tests/ is run, and each deliberate bug still finds the words it changes.   node tools/papers.mjs [ROOT]   prints each breach and ends with 1 if there is one.
//
// A reference is code in the text: `path/of/a/file` or, for a test, `path/of/a/file › the test's title`.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The documents whose references are held to. */
export const PAPERS = ['docs/design/threat-model.md', 'docs/reference/asvs.md', 'docs/reference/logs.md', 'docs/reference/cryptography.md', 'SECURITY.md'];
/** What begins like this is a path of the tree; other code in a text is not looked at. */
const TREE = /^((src|tests|docs|tools|fuzz|bench|packaging|cmake|web)\/[\w./-]+\.(hpp|cpp|mjs|md|json|ts|svelte|txt|cmake|service)|[A-Z]\w+\.(md|txt))$/;
const ANSWERS = /^(met|partly|not met): \S/;

const titles = (text) => [...text.matchAll(/(?:test|TEST_CASE|TEST_CASE_FIXTURE)\(\s*(?:\w+,\s*)?(["'`])((?:\\.|(?!\1)[^\\])*)\1/g)].map(([, , title]) => title.replaceAll('\\', ''));

/** Every reference of a text: { line, file, title }. */
export function references(text) {
    return text.split('\n').flatMap((words, at) => [...words.matchAll(/`([^`]+)`/g)].map(([, code]) => code.split(' › ')).filter(([file]) => TREE.test(file))
        .map(([file, ...title]) => ({ line: at + 1, file, title: title.join(' › ') })));
}

/** What a text says of files and tests that are not there. `read` gives a file's text, or nothing. */
export function lost(text, read) {
    return references(text).flatMap(({ line, file, title }) => {
        const there = read(file);
        if (there === undefined) return [`${line}: there is no file ${file}`];
        if (title && !titles(there).includes(title)) return [`${line}: there is no test "${title}" in ${file}`];
        return [];
    });
}

/** The rows of the table, by number: { asks, how }; and the numbers that do not apply. */
export function tableOf(text) {
    const rows = [], excluded = [];
    for (const words of text.split('\n')) {
        const cells = words.startsWith('|') ? words.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim()) : [];
        if (/^\d+\.\d+\.\d+$/.test(cells[0] ?? '')) rows.push({ id: cells[0], asks: cells[1] ?? '', how: cells[2] ?? '' });
        else if (/^V\d+(\.\d+){0,2}(, V\d+(\.\d+){0,2})*$/.test(cells[0] ?? '')) excluded.push({ which: cells[0].replaceAll('V', '').split(', '), why: cells[1] ?? '' });
    }
    return { rows, excluded };
}

/** What is wrong with the table; `ids` is the list of numbers and levels. */
export function gaps(text, ids) {
    const wanted = ids.split('\n').filter((line) => /^\d/.test(line)).map((line) => line.split(' '));
    const level = new Map(wanted);
    const { rows, excluded } = tableOf(text);
    const found = [], seen = new Map();
    for (const { id, asks, how } of rows) {
        if (!level.has(id)) found.push(`${id} is no requirement`);
        if (asks === '') found.push(`${id} does not say what it asks`);
        if (!ANSWERS.test(how)) found.push(`${id} has no answer: met, partly or not met, and how or why`);
        if (/^(met|partly):/.test(how) && references(how).length === 0) found.push(`${id} names no test and no file`);
        seen.set(id, (seen.get(id) ?? 0) + 1);
    }
    for (const { which, why } of excluded)
        for (const one of which) {
            const meant = wanted.filter(([id, of]) => of !== '3' && (id === one || id.startsWith(`${one}.`)));
            if (meant.length === 0) found.push(`${one} is no requirement`);
            if (why === '') found.push(`${one} does not say why it does not apply`);
            for (const [id] of meant) seen.set(id, (seen.get(id) ?? 0) + 1);
        }
    for (const [id, of] of wanted) if (of !== '3' && !seen.has(id)) found.push(`${id} is missing`);
    for (const [id, times] of seen) if (times > 1) found.push(`${id} stands there ${times} times`);
    return found;
}

/** Deliberate bugs (tests/seeded_bugs) whose words stand in their file no longer, or more than once. */
export function stale(bugs, read) {
    return bugs.flatMap(({ name, edits }) => edits.flatMap(([file, find]) => {
        const times = (read(file) ?? '').split(find).length - 1;
        return times === 1 ? [] : [`${name}: "${find}" stands ${times} times in ${file}`];
    }));
}

/** Test files that no run of the tests has. `cmake` is tests/CMakeLists.txt, whose lists of scripts are read as CMake reads them; `files` are paths beneath tests/. */
export function idle(files, cmake) {
    const said = cmake.replace(/foreach\((\w+) ([^)]*)\)([\s\S]*?)endforeach\(\)/g, (_, name, list, body) => list.trim().split(/\s+/).map((one) => body.replaceAll(`\${${name}}`, one)).join('\n'));
    const run = new Set([...said.matchAll(/\$\{CMAKE_CURRENT_SOURCE_DIR\}\/([\w./-]+)/g)].map(([, file]) => file));
    return files.filter((file) => !run.has(file)).map((file) => `tests/${file} is run by nobody: tests/CMakeLists.txt does not name it`);
}

/** How many of the table's rows have which answer. */
export function countOf(text) {
    const { rows, excluded } = tableOf(text);
    const of = (word) => rows.filter(({ how }) => how.startsWith(`${word}:`)).length;
    return { rows: rows.length, met: of('met'), partly: of('partly'), not_met: of('not met'), excluded: excluded.length };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));
    const read = (file) => { try { return fs.readFileSync(path.join(root, file), 'utf8'); } catch { return undefined; } };
    const breaches = PAPERS.flatMap((paper) => {
        const text = read(paper);
        return text === undefined ? [`${paper} is not there`] : lost(text, read).map((one) => `${paper}:${one}`);
    });
    const below = (folder) => fs.readdirSync(path.join(root, 'tests', folder), { withFileTypes: true }).filter(({ name }) => name !== 'node_modules')
        .flatMap((one) => (one.isDirectory() ? below(path.join(folder, one.name)) : [path.join(folder, one.name)]));
    breaches.push(...idle(below('').filter((file) => /(_test\.cpp|\.test\.m?js|-run\.mjs)$/.test(file)), read('tests/CMakeLists.txt') ?? ''));
    const table = read('docs/reference/asvs.md');
    breaches.push(...gaps(table ?? '', read('docs/reference/asvs-5.0.0-ids.txt') ?? '').map((one) => `docs/reference/asvs.md: ${one}`));
    for (const [file, list] of [['bugs', 'BUGS'], ['signer_bugs', 'SIGNER_BUGS']]) {
        const { [list]: bugs } = await import(path.join(root, `tests/seeded_bugs/${file}.mjs`));
        breaches.push(...stale(bugs, read).map((one) => `tests/seeded_bugs/${file}.mjs: ${one}`));
    }
    for (const one of breaches) console.log(one);
    const named = PAPERS.reduce((sum, paper) => sum + references(read(paper) ?? '').length, 0);
    console.log(`${named} references, ${JSON.stringify(countOf(table ?? ''))}, ${breaches.length} breaches`);
    process.exit(breaches.length > 0 ? 1 : 0);
}
