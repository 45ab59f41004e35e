// A part of a library that is imported alone; the types are those of the whole.
declare module 'tweetnacl/nacl.js' {
  export { default } from 'tweetnacl';
}
// What a test asks of Node.js.
declare module 'node:crypto' {
  export function createHash(name: string): { update(bytes: Uint8Array): { digest(form: 'hex'): string } };
}
declare module 'node:fs' {
  export function readFileSync(path: string, form: 'utf8'): string;
}
