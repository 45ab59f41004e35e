// A part of a library that is imported alone; the types are those of the whole.
declare module 'tweetnacl/nacl.js' {
  export { default } from 'tweetnacl';
}
