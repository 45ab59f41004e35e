// The texts of passkeys in English; they come with the button that asks for one.
export const passkeyEn = {
  'passkey.use': 'Use a passkey',
  'passkey.title': 'Passkeys',
  'passkey.text': 'A passkey of this device, a phone or a security key stands in for a one-time code. It only works at the address it was made for, so no copied page can use it.',
  'passkey.not_here': 'Not possible here: browsers allow passkeys only where a page has a name and a trusted certificate, not at a bare address like {host}. Start BackFuture with --host NAME and TLS.',
  'passkey.codes_first': 'Set up the second factor above first: its codes and recovery codes work where a passkey does not, at the command line for instance.',
  'passkey.elsewhere': 'only at {host}',
  'passkey.used': 'last used {when}',
  'passkey.unused': 'never used',
  'passkey.remove': 'Remove',
  'passkey.name': 'Name of the device',
  'passkey.add': 'Add a passkey',
  'refusal.passkey_failed': 'The browser made or found no passkey: it was cancelled, took too long, or the browser does not trust this page’s certificate.',
  'refusal.passkey_there': 'That device has a passkey of this account already.',
} as const;
