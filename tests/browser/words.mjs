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

/** The same for the trading pages. */
export const tradingWords = {
  en: {
    newStrategy: 'New strategy', create: 'Create the strategy', name: 'Name', connection: 'Connection', pairs: 'Pairs', nameMissing: 'a name of 1 to 100 characters',
    closedToApi: 'the exchange takes no API orders for it', ladderPrice: 'Price', price2700: '2,700.00', low: 'Low', high: 'High',
    unreachable: 'TradingView can’t reach this address', copied: 'I have copied them', shownOnce: 'Address and token were shown once',
    enable: 'Enable', enabled: 'Enabled', send: 'Send the signal', release: 'Release from Recovery Mode', releaseSays: 'Add-ons that are used up stay used up.',
    close: 'Close now', ignore: 'Ignore the difference', closedGroups: 'Closed', older: 'Show older', strategy: 'Strategy', outcome: 'Outcome',
    equity: 'Equity', pause: 'Pause entries', closeAll: 'Close everything now', closeWord: 'CLOSE', cancel: 'Cancel', resume: 'Back to normal',
    paper: 'Paper', simulated: 'Simulated', groups: 'Groups', live: 'LIVE', exitOnly: 'Exit only', recover: 'Put into Recovery Mode', adopt: 'Adopt what was found',
    trigger: 'its add-ons are used up, and it stands at a loss', byHand: 'you put it there', takenProfit: 'take-profit reached', recovered: 'exit of Recovery Mode reached',
    closedByYou: 'closed by you', allClosed: 'everything was closed', opened: /^Opened: /, blocked: /no add-on zone/, mode: "the operator's mode is", resting: 'rests at the exchange',
    wrongSlow: 'Must be more than the fast average', recovery: 'Recovery Mode', signals: 'Built-in signals', sure: 'nothing proves that the PRO connection is another account',
    freeze: 'Freeze the connection', unfreeze: 'Unfreeze', zone1: 'zone 1', zone2: 'zone 2', zone3: 'zone 3', everything: 'Everything', tenThousand: '10,000', noneFits: 'None of the strategies fits that.',
  },
  nl: {
    newStrategy: 'Nieuwe strategie', create: 'Strategie maken', name: 'Naam', connection: 'Verbinding', pairs: 'Paren', nameMissing: 'een naam van 1 tot 100 tekens',
    closedToApi: 'de exchange neemt er geen API-orders voor aan', ladderPrice: 'Prijs', price2700: '2.700,00', low: 'Laag', high: 'Hoog',
    unreachable: 'TradingView kan dit adres niet bereiken', copied: 'Ik heb ze gekopieerd', shownOnce: 'Adres en token zijn één keer getoond',
    enable: 'Inschakelen', enabled: 'Ingeschakeld', send: 'Signaal sturen', release: 'Vrijgeven uit Recovery Mode', releaseSays: 'Bijkopen die op zijn blijven op.',
    close: 'Nu sluiten', ignore: 'Het verschil negeren', closedGroups: 'Gesloten', older: 'Oudere tonen', strategy: 'Strategie', outcome: 'Uitkomst',
    equity: 'Vermogen', pause: 'Instappen pauzeren', closeAll: 'Alles nu sluiten', closeWord: 'SLUITEN', cancel: 'Annuleren', resume: 'Terug naar normaal',
    paper: 'Papier', simulated: 'Gesimuleerd', groups: 'Groepen', live: 'LIVE', exitOnly: 'Alleen uitstappen', recover: 'In Recovery Mode zetten', adopt: 'Overnemen wat gevonden is',
    trigger: 'haar bijkopen zijn op', byHand: 'jij', takenProfit: 'winstdoel bereikt', recovered: 'uitstap van Recovery Mode bereikt',
    closedByYou: 'door jou gesloten', allClosed: 'alles werd gesloten', opened: /^Geopend: /, blocked: /geen bijkoopzone/, mode: 'de bedrijfsstand is', resting: 'rust bij de exchange',
    wrongSlow: 'Moet meer zijn dan het snelle gemiddelde', recovery: 'Recovery Mode', signals: 'Ingebouwde signalen', sure: 'niets bewijst dat de PRO-verbinding een andere rekening is',
    zone1: 'zone 1', zone2: 'zone 2', zone3: 'zone 3', everything: 'Alles', tenThousand: '10.000', noneFits: 'Geen van de strategieën past daarbij.',
  },
};
