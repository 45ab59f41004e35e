// The list of what the program is made of is whole, says of each part which version and under which licence, and comes out the same twice.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeSbom } from '../../tools/sbom.mjs';

const BUILD = process.env.BF_BUILD ?? fileURLToPath(new URL('../../build/release', import.meta.url));

test('every library that is loaded, every header that is compiled in, every npm package stands in the list', { timeout: 120_000 }, () => {
    const bom = makeSbom(BUILD);
    assert.deepEqual([bom.bomFormat, bom.specVersion, bom.version], ['CycloneDX', '1.5', 1]);
    assert.match(bom.serialNumber, /^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.deepEqual(makeSbom(BUILD), bom, 'the same build gave another list');
    const debian = bom.components.filter(({ purl }) => purl.startsWith('pkg:deb/debian/'));
    const use = (one) => one.properties.find(({ name }) => name === 'backfuture:use').value;

    const needed = [...execFileSync('readelf', ['-d', path.join(BUILD, 'backfuture')], { encoding: 'utf8' }).matchAll(/NEEDED\)\s+Shared library: \[([^\]]+)\]/g)].map(([, name]) => name);
    assert.ok(needed.length > 10);
    const linked = debian.filter((one) => use(one).includes('linked'));
    const files = new Set(linked.flatMap(({ name }) => execFileSync('dpkg-query', ['-L', name], { encoding: 'utf8' }).split('\n').map((file) => path.basename(file))));
    for (const library of needed) assert.ok(files.has(library), `${library} is of no package in the list`);
    for (const name of ['libboost1.81-dev', 'libsimdjson-dev', 'libcli11-dev']) assert.match(use(debian.find((one) => one.name === name) ?? { properties: [{ name: 'backfuture:use', value: 'missing' }] }), /compiled in/, name);
    for (const name of ['libc6', 'libssl3', 'libsodium23', 'libsqlite3-0', 'libseccomp2']) assert.ok(linked.some((one) => one.name === name), name);

    for (const one of bom.components) {
        assert.ok(one.version, one.name);
        assert.ok(one.licenses.length > 0, `the licence of ${one.name} is unknown`);
        assert.match(one.purl, one.purl.startsWith('pkg:deb') ? /^pkg:deb\/debian\/[a-z0-9.+-]+@\S+\?arch=/ : /^pkg:npm\/(%40[a-z0-9-]+\/)?[a-zA-Z0-9._-]+@\d/);
    }
    const refs = bom.components.map((one) => one['bom-ref']);
    assert.equal(new Set(refs).size, refs.length);
    for (const { ref, dependsOn } of bom.dependencies) for (const one of [ref, ...dependsOn]) assert.ok(refs.includes(one) || one === bom.metadata.component['bom-ref'], one);

    const { packages } = JSON.parse(fs.readFileSync(fileURLToPath(new URL('../../web/package-lock.json', import.meta.url)), 'utf8'));
    for (const [key, { version, optional }] of Object.entries(packages)) {
        if (key === '' || optional) continue;
        const name = key.slice(key.lastIndexOf('node_modules/') + 13);
        assert.ok(bom.components.some((one) => one.name === name && one.version === version), key);
    }
    for (const name of ['svelte', 'lightweight-charts', 'tweetnacl']) assert.equal(bom.components.find((one) => one.name === name).scope, 'required');
    for (const builder of ['vite', 'blakejs']) assert.equal(bom.components.find(({ name }) => name === builder).scope, 'excluded');
});
