// The parts of two libraries that are imported alone; the types are those of the whole.
declare module 'tweetnacl/nacl.js' {
  export { default } from 'tweetnacl';
}
declare module 'blakejs/blake2b.js' {
  export { blake2b } from 'blakejs';
}
