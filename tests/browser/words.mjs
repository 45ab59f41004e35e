// What the tests press and read, in both languages: written down apart from the dashboard's own catalogues,
// so that a text which changes there is noticed here.
export const words = {
  en: {
    code: 'One-time code', password: 'Password', repeat: 'Password again', setUp: 'Set the password and start',
    emptyList: 'No connection yet', add: 'Add a connection', next: 'Continue', haveKey: 'I have the key',
    test: 'Test', testAnyway: 'Test it anyway', again: 'Test again', name: 'Name of the connection',
    key: 'API key', secret: 'Secret key', swap: 'Swap them', removeSpaces: 'Remove it',
    online: 'Online', notProven: 'not proven yet', open: 'Open the connection', list: 'Connections', demo: 'Simulated exchange',
    never: 'Never tick these', notLogin: 'not your login password', refused: 'Refused for your safety',
    accept: 'Accept and test again', confirm: 'Confirm and test again', copyAddress: 'Copy Address of this server',
    rename: 'Rename', save: 'Save', disable: 'Disable', enable: 'Enable', rotate: 'Rotate key',
    testNew: 'Test the new key', remove: 'Remove', wipe: 'Wipe the secret and remove',
    typeAddress: 'Type it myself', v4: 'IPv4 address of this server', unverified: 'unverified', ask: 'Ask KuCoin', seen: 'seen by KuCoin',
    signOut: 'Sign out', signIn: 'Sign in', wrongPassword: 'This password is not right.', lost: 'Not connected to the server',
    language: 'Language', sealedAlready: 'Your key is sealed already',
    titles: { invalid: 'Invalid key', noTrade: 'No trading permission', address: 'IP not allowed', unavailable: 'Exchange unavailable', unsafe: 'Unsafe key', confirm: 'Confirmation needed' },
  },
  nl: {
    add: 'Verbinding toevoegen', next: 'Verder', haveKey: 'Ik heb de sleutel', test: 'Testen', again: 'Opnieuw testen',
    name: 'Naam van de verbinding', key: 'API-sleutel', secret: 'Geheime sleutel',
    online: 'Online', notProven: 'nog niet bewezen', open: 'Verbinding openen', list: 'Verbindingen', demo: 'Gesimuleerde exchange', never: 'Vink deze nooit aan',
    notLogin: 'niet je inlogwachtwoord', refused: 'Geweigerd voor je veiligheid', accept: 'Aanvaarden en opnieuw testen',
    confirm: 'Bevestigen en opnieuw testen', copyAddress: 'Kopieer Adres van deze server',
    language: 'Taal',
  },
};
