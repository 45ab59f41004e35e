// The served OpenAPI document as a judge: every answer that passes through here must be one that the document announces, with its content
// type and a body that fits its schema, no field more and none less.
import Ajv from 'ajv/dist/2020.js';
import assert from 'node:assert/strict';
import http from 'node:http';

export const METHODS = ['get', 'put', 'post', 'patch', 'delete'];

/** The schema, refusing fields it doesn't name: what the server sends must be written down. */
function closed(schema) {
    if (Array.isArray(schema)) return schema.map(closed);
    if (schema === null || typeof schema !== 'object') return schema;
    const copy = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
    return copy.type === 'object' && typeof copy.properties === 'object' && copy.additionalProperties === undefined ? { ...copy, additionalProperties: false } : copy;
}

/** References into the document become references into one schema that holds all of them. */
const rooted = (schema) => JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', 'document#/$defs/'));

export class Described {
    constructor(document) {
        this.document = document;
        this.ajv = new Ajv({ strict: true, strictTypes: false, allErrors: true, validateFormats: false, keywords: ['discriminator'] });
        this.ajv.addSchema({ $id: 'document', $defs: rooted(closed(document.components.schemas)) });
        this.seen = new Set();
        this.validators = new Map();
        this.all = Object.entries(document.paths).flatMap(([template, item]) => {
            const pattern = new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
            return METHODS.filter((method) => item[method]).map((method) => ({ method, template, pattern, operation: item[method] }));
        });
    }

    /** All operations: { method, template, pattern of its paths, operation }. */
    operations() { return this.all; }
    announced() {
        return this.operations().flatMap(({ method, template, operation }) =>
            Object.keys(operation.responses).filter((status) => status !== 'default').map((status) => `${method} ${template} ${status}`));
    }
    find(method, path) { return this.all.find((one) => one.method === method && one.pattern.test(path)); }
    isOpen({ operation }) { return Array.isArray(operation.security) && operation.security.length === 0; }
    bodySchema({ operation }) { return operation.requestBody?.content['application/json'].schema; }
    resolve(thing) { return thing.$ref ? thing.$ref.slice(2).split('/').reduce((at, name) => at[name], this.document) : thing; }

    validator(schema, { open = false } = {}) {
        const key = JSON.stringify([schema, open]);
        if (!this.validators.has(key)) this.validators.set(key, this.ajv.compile(rooted(open ? schema : closed(schema))));
        return this.validators.get(key);
    }
    check(schema, value, what) {
        const validate = this.validator(schema);
        assert.ok(validate(value), `${what}: ${this.ajv.errorsText(validate.errors)} in ${JSON.stringify(value).slice(0, 600)}`);
    }
    accepts(schema, value) { return this.validator(schema, { open: true })(value); }

    /** Looks an answer over: { status, headers, text } to the question that was asked. */
    judge(method, path, answer) {
        const found = this.find(method, path);
        assert.ok(found, `${method} ${path} is in no document`);
        const what = `${method} ${path} -> ${answer.status}`;
        const described = found.operation.responses[answer.status];
        assert.ok(described, `${what} is not announced: ${answer.text}`);
        this.seen.add(`${method} ${found.template} ${answer.status}`);
        const { content, headers } = this.resolve(described);
        for (const name of Object.keys(headers ?? {})) assert.ok(answer.headers[name.toLowerCase()], `${what} has no header ${name}`);
        if (!content) return assert.equal(answer.text, '', what);
        const [type] = Object.keys(content);
        assert.equal(answer.headers['content-type'], type, what);
        this.check(content[type].schema, JSON.parse(answer.text), what);
        if (type === 'application/problem+json') assert.equal(JSON.parse(answer.text).status, answer.status, what);
    }
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });

/** One request as it stands; bodies are text. */
export function exchange(origin, method, path, { headers = {}, body } = {}) {
    return new Promise((resolve, reject) => {
        const request = http.request(origin + path, { method: method.toUpperCase(), agent, headers: body === undefined ? headers : { 'Content-Length': Buffer.byteLength(body), ...headers } }, (reply) => {
            let text = '';
            reply.setEncoding('utf8');
            reply.on('data', (chunk) => { text += chunk; });
            reply.on('end', () => resolve({ status: reply.statusCode, headers: reply.headers, text, json: () => JSON.parse(text) }));
            reply.on('error', reject);
        });
        request.on('error', reject);
        request.end(body);
    });
}
