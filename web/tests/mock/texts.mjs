// The test double's problem texts: enough to see both languages. The server has its own table.
export const problems = {
  invalid_secret: {
    en: ['Invalid key', 'The exchange knows the key but not the signature: the secret was mistyped, cut off, or belongs to another key. It answers the same when a key has expired.', 'Copy the secret again. If the exchange no longer shows it, make a new key.'],
    nl: ['Ongeldige sleutel', 'De exchange kent de sleutel maar niet de handtekening: het geheim is verkeerd getypt, afgekapt of hoort bij een andere sleutel. Bij een verlopen sleutel antwoordt ze hetzelfde.', 'Kopieer het geheim opnieuw. Toont de exchange het niet meer, maak dan een nieuwe sleutel.'],
  },
  invalid_key: {
    en: ['Invalid key', 'The exchange does not know this key.', 'Copy the key again or make a new one.'],
    nl: ['Ongeldige sleutel', 'De exchange kent deze sleutel niet.', 'Kopieer de sleutel opnieuw of maak een nieuwe.'],
  },
  no_trade_permission: {
    en: ['No trading permission', 'The key may read, but the right to trade is not ticked.', 'Tick the right to trade at the exchange, keep withdrawal off, then test again.'],
    nl: ['Geen handelsrecht', 'De sleutel mag lezen, maar het recht om te handelen is niet aangevinkt.', 'Vink bij de exchange het handelsrecht aan, laat opnemen uit, en test opnieuw.'],
  },
  ip_not_allowed: {
    en: ['IP not allowed', 'The key’s allow-list does not hold the address of this server.', 'Add 203.0.113.7 to the key’s allow-list at the exchange, then test again.'],
    nl: ['IP niet toegestaan', 'Op de IP-lijst van de sleutel staat het adres van deze server niet.', 'Zet 203.0.113.7 bij de exchange op de IP-lijst van de sleutel en test opnieuw.'],
  },
  exchange_unavailable: {
    en: ['Exchange unavailable', 'The exchange answered with an error of its own (503). This says nothing about your key.', 'Wait a few minutes and test again.'],
    nl: ['Exchange niet bereikbaar', 'De exchange antwoordde met een eigen fout (503). Dit zegt niets over je sleutel.', 'Wacht een paar minuten en test opnieuw.'],
  },
  withdraw_enabled: {
    en: ['Unsafe key', 'The exchange says that this key can withdraw.', 'Make a new key without the right to withdraw and delete this one.'],
    nl: ['Onveilige sleutel', 'De exchange zegt dat deze sleutel kan opnemen.', 'Maak een nieuwe sleutel zonder opnamerecht en verwijder deze.'],
  },
  transfer_enabled: {
    en: ['Unsafe key', 'The exchange says that this key can move funds between your own accounts.', 'Make a new key without this right, or accept it explicitly.'],
    nl: ['Onveilige sleutel', 'De exchange zegt dat deze sleutel geld tussen je eigen accounts kan verplaatsen.', 'Maak een nieuwe sleutel zonder dit recht, of aanvaard het uitdrukkelijk.'],
  },
  withdrawal_unknown: {
    en: ['Confirmation needed', 'The exchange did not tell whether this key can withdraw.', 'Look at the key’s page and confirm.'],
    nl: ['Bevestiging nodig', 'De exchange zei niet of deze sleutel kan opnemen.', 'Kijk op de pagina van de sleutel en bevestig.'],
  },
};

export const warnings = {
  withdrawal_unproven: { en: 'The right to withdraw is not provable on this key; you confirmed it by hand.', nl: 'Het opnamerecht is bij deze sleutel niet bewijsbaar; je hebt het zelf bevestigd.' },
  transfer_accepted: { en: 'This key can move money between your own accounts; you accepted it.', nl: 'Deze sleutel kan geld tussen je eigen accounts verplaatsen; je hebt dat aanvaard.' },
  no_allow_list: { en: 'This key has no IP allow-list and ends after 90 days.', nl: 'Deze sleutel heeft geen IP-lijst en eindigt na 90 dagen.' },
};

export const events = {
  added: { en: 'Added', nl: 'Toegevoegd' },
  tested: { en: 'Tested: {result}', nl: 'Getest: {result}' },
  renamed: { en: 'Renamed from {from}', nl: 'Hernoemd, was {from}' },
  family: { en: 'Goes out over {over} only', nl: 'Gaat alleen via {over} naar buiten' },
  disabled: { en: 'Disabled', nl: 'Uitgeschakeld' },
  enabled: { en: 'Enabled', nl: 'Ingeschakeld' },
  rotated: { en: 'New key handed in', nl: 'Nieuwe sleutel ingeleverd' },
  accepted: { en: 'Accepted: {what}', nl: 'Aanvaard: {what}' },
};
