// The list of what BackFuture is made of, as CycloneDX 1.5 JSON: each Debian package that is linked or compiled in and each npm package of
// the dashboard, with version, licence and, where the lock file has it, hash. Found from the build itself, not kept by hand:
//   - shared libraries: what the binary asks for, and what those ask for in turn;
//   - headers: what the compiler read (ninja's record of it), since templates are compiled in;
//   - static libraries: what the linker was given.
// The same build gives the same bytes: no time, no random number.   node tools/sbom.mjs BUILD_FOLDER [OUT]
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const tool = (name, ...args) => execFileSync(name, args, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, LC_ALL: 'C' } });

/** The packages that own these files: { name: Set of files }. Also by the name a file has in the merged /usr. */
function owners(files) {
    const found = new Map();
    const wanted = [...new Set([...files].flatMap((file) => [file, file.startsWith('/usr/lib') ? file.slice(4) : `/usr${file}`]))];
    for (let i = 0; i < wanted.length; i += 500) {
        let said = '';
        // It ends with 1 if one file has no owner; what it found it says all the same.
        try { said = tool('dpkg-query', '-S', ...wanted.slice(i, i + 500)); } catch (error) { said = String(error.stdout ?? ''); }
        for (const line of said.split('\n')) {
            const match = /^([^ ]+(?:, [^ ]+)*): (\/.*)$/.exec(line);
            if (match) for (const name of match[1].split(', ')) found.set(name, (found.get(name) ?? new Set()).add(match[2]));
        }
    }
    return found;
}

/** Shared libraries: { file: [files it needs] }, from the binary on. */
function sharedLibraries(binary) {
    const where = new Map();
    for (const line of tool('ldd', binary).split('\n')) {
        const match = /^\s*(\S+) => (\/\S+)/.exec(line) ?? /^\s*(\/\S+)()/.exec(line);
        if (match) where.set(path.basename(match[1]), fs.realpathSync(match[2] || match[1]));
    }
    const needs = new Map();
    const follow = (file) => {
        if (needs.has(file)) return;
        const wanted = [...tool('readelf', '-d', file).matchAll(/\(NEEDED\)\s+Shared library: \[([^\]]+)\]/g)].map(([, name]) => where.get(name)).filter(Boolean);
        needs.set(file, wanted);
        wanted.forEach(follow);
    };
    follow(binary);
    needs.delete(binary);
    return { needs, direct: [...tool('readelf', '-d', binary).matchAll(/\(NEEDED\)\s+Shared library: \[([^\]]+)\]/g)].map(([, name]) => where.get(name)).filter(Boolean) };
}

/** What the compiler read of the system, for the program's own objects. */
function headers(build) {
    const read = new Set();
    let ours = false;
    for (const line of tool('ninja', '-C', build, '-t', 'deps').split('\n')) {
        if (/^\S.*: #deps/.test(line)) ours = line.startsWith('src/');
        else if (ours && line.startsWith('    /usr/')) read.add(fs.realpathSync(line.trim()));
    }
    return read;
}
const staticLibraries = (build) => [...tool('ninja', '-C', build, '-t', 'query', 'backfuture').matchAll(/^\s+(?:\| )?(\/usr\/\S+\.a)$/gm)].map(([, file]) => fs.realpathSync(file));

/** The short names of licences in Debian's machine-readable copyright file; what a file of another form says is kept as a name. */
function licences(name) {
    const file = `/usr/share/doc/${name.split(':')[0]}/copyright`;
    if (!fs.existsSync(file)) return [];
    const text = fs.readFileSync(file, 'utf8');
    const short = [...new Set([...text.matchAll(/^License:[ \t]*(\S[^\n]*)$/gm)].map(([, words]) => words.trim()))].sort();
    if (/^Format:/m.test(text) && short.length > 0) return short;
    for (const [pattern, known] of [[/Boost Software License/i, 'BSL-1.0'], [/PostgreSQL/i, 'PostgreSQL'], [/Apache License/i, 'Apache-2.0'], [/LESSER GENERAL PUBLIC/i, 'LGPL'], [/Lesser General Public/i, 'LGPL'], [/GNU General Public/i, 'GPL'],
        [/public domain/i, 'public-domain'], [/Redistribution and use in source and binary forms/i, 'BSD'], [/Permission is hereby granted, free of charge/i, 'MIT'], [/Permission to use, copy, modify/i, 'ISC']]) if (pattern.test(text)) return [known];
    return [];
}

function debianComponents(build, binary) {
    const shared = sharedLibraries(binary);
    const linked = owners(shared.needs.keys());
    const compiled = owners(headers(build));
    const archives = owners(staticLibraries(build));
    const components = new Map();
    for (const [names, how] of [[linked, 'linked'], [archives, 'linked statically'], [compiled, 'headers compiled in']])
        for (const name of names.keys()) {
            const plain = name.split(':')[0];
            if (components.has(plain)) {
                components.get(plain).how.add(how);
                continue;
            }
            const [version, source, architecture] = tool('dpkg-query', '-W', '-f=${Version}\t${source:Package}\t${Architecture}', name).split('\t');
            const purl = `pkg:deb/debian/${plain}@${encodeURIComponent(version)}?arch=${architecture}&distro=debian-12`;
            components.set(plain, { plain, version, source, purl, how: new Set([how]), licences: licences(plain) });
        }
    const packageOf = (file) => [...linked].find(([, files]) => [...files].some((one) => path.basename(one) === path.basename(file)))?.[0].split(':')[0];
    const edges = new Map();
    for (const [file, wanted] of shared.needs) {
        const from = packageOf(file);
        if (from) edges.set(from, new Set([...(edges.get(from) ?? []), ...wanted.map(packageOf).filter((to) => to && to !== from)]));
    }
    return { components, edges };
}

function npmComponents() {
    const { packages } = JSON.parse(fs.readFileSync(path.join(ROOT, 'web/package-lock.json'), 'utf8'));
    // Svelte's runtime is compiled into the pages although it stands among the tools.
    const shipped = new Set();
    const ship = (name) => {
        const key = `node_modules/${name}`;
        if (shipped.has(key) || !packages[key]) return;
        shipped.add(key);
        if (name === 'svelte') ['esm-env', 'clsx', 'devalue'].forEach(ship);
        else Object.keys(packages[key].dependencies ?? {}).forEach(ship);
    };
    Object.keys(packages[''].dependencies ?? {}).concat('svelte').forEach(ship);
    return Object.entries(packages).filter(([key, one]) => key !== '' && !one.optional).map(([key, one]) => {
        const name = key.slice(key.lastIndexOf('node_modules/') + 13);
        const [algorithm, hash] = (one.integrity ?? '').split('-');
        return { name, version: one.version, licence: one.license, purl: `pkg:npm/${name.replace(/^@/, '%40')}@${one.version}`, shipped: shipped.has(key), hash: algorithm === 'sha512' ? Buffer.from(hash, 'base64').toString('hex') : undefined };
    });
}

export function makeSbom(build) {
    const binary = path.join(build, 'backfuture');
    const version = /VERSION (\d+\.\d+\.\d+)/.exec(fs.readFileSync(path.join(ROOT, 'CMakeLists.txt'), 'utf8'))[1];
    const { components: debian, edges } = debianComponents(build, binary);
    const npm = npmComponents();
    const ref = (one) => one.purl;
    const components = [
        ...[...debian.values()].map((one) => ({ type: 'library', 'bom-ref': ref(one), name: one.plain, version: one.version, scope: 'required', licenses: one.licences.map((name) => ({ license: { name } })), purl: one.purl,
            properties: [{ name: 'backfuture:use', value: [...one.how].sort().join(', ') }, { name: 'backfuture:debian-source', value: one.source }] })),
        ...npm.map((one) => ({ type: 'library', 'bom-ref': ref(one), name: one.name, version: one.version, scope: one.shipped ? 'required' : 'excluded', licenses: one.licence ? [{ license: { name: one.licence } }] : [], purl: one.purl,
            ...(one.hash ? { hashes: [{ alg: 'SHA-512', content: one.hash }] } : {}), properties: [{ name: 'backfuture:use', value: one.shipped ? 'in the dashboard' : 'builds the dashboard' }] })),
    ].sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1));
    const unique = components.filter((one, index) => index === 0 || one['bom-ref'] !== components[index - 1]['bom-ref']);
    const self = `pkg:generic/backfuture@${version}`;
    const dependencies = [{ ref: self, dependsOn: unique.filter(({ scope }) => scope === 'required').map((one) => one['bom-ref']) },
        ...[...edges].map(([from, to]) => ({ ref: debian.get(from).purl, dependsOn: [...to].map((name) => debian.get(name).purl).sort() })).sort((a, b) => (a.ref < b.ref ? -1 : 1))];
    const bom = { bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, metadata: { component: { type: 'application', 'bom-ref': self, name: 'backfuture', version, purl: self } }, components: unique, dependencies };
    const digest = createHash('sha256').update(JSON.stringify(bom)).digest('hex');
    const serialNumber = `urn:uuid:${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-a${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
    return { bomFormat: bom.bomFormat, specVersion: bom.specVersion, serialNumber, ...bom };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    const [build, out] = process.argv.slice(2);
    if (!build) {
        console.error('node tools/sbom.mjs BUILD_FOLDER [OUT]');
        process.exit(64);
    }
    const text = `${JSON.stringify(makeSbom(path.resolve(build)), null, 1)}\n`;
    if (out) fs.writeFileSync(out, text);
    else process.stdout.write(text);
}
