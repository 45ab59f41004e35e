// The test double's sentences and verdicts, in the server's two languages.
const number = (value, digits = 2) => value.toFixed(digits).replace(/\.00$/, '');

export function sentenceOf({ outcome, primary, signal, facts }, lang) {
  const nl = lang === 'nl', { price, zone, step, anchor, after, used, max } = facts, long = signal.direction === 'long';
  const next = anchor === undefined ? 0 : anchor * (long ? 1 - ((used + 1) * step) / 100 : 1 + ((used + 1) * step) / 100);
  switch (outcome) {
    case 'OPENED': return nl ? `Geopend: ${signal.pair} op ${number(price)}; winstdoel ${number(after.takeProfit)}.` : `Opened: ${signal.pair} at ${number(price)}; take-profit ${number(after.takeProfit)}.`;
    case 'ADDED': return nl ? `Bijgekocht op ${number(price)} in zone ${zone}; het gemiddelde is nu ${number(after.average)}.` : `Added at ${number(price)} in zone ${zone}; the average is now ${number(after.average)}.`;
    case 'CLOSED': return nl ? `Gesloten op ${number(price)} door een uitstapsignaal.` : `Closed at ${number(price)} by an exit signal.`;
  }
  const why = {
    ADDON_OUT_OF_ZONE: nl ? `${number(price)} ligt in geen bijkoopzone; de volgende begint bij ${number(next)}.` : `${number(price)} is in no add-on zone; the next one begins at ${number(next)}.`,
    ADDON_ZONE_USED: nl ? `zone ${zone} is al gebruikt; de volgende begint bij ${number(next)}.` : `zone ${zone} is used already; the next one begins at ${number(next)}.`,
    ADDON_LIMIT_REACHED: nl ? `alle ${max} bijkopen zijn gebruikt.` : `all ${max} add-ons are used.`,
    GROUP_IN_RECOVERY: nl ? 'de groep is in Recovery Mode en de prijs is nog niet diep genoeg voor een herstelbijkoop.' : 'the group is in Recovery Mode and the price is not yet deep enough for a recovery add-on.',
    STRATEGY_DISABLED: nl ? 'de strategie is uitgeschakeld.' : 'the strategy is disabled.',
    MODE_NO_ENTRIES: nl ? 'de modus laat geen instap toe.' : 'the mode allows no entries.',
    PAIR_NOT_ENABLED: nl ? 'het paar hoort niet bij de strategie.' : 'the pair does not belong to the strategy.',
    NO_OPEN_GROUP: nl ? 'er is geen open groep om te sluiten.' : 'there is no open group to close.',
    ADDON_WORSENS_AVERAGE: nl ? 'het gemiddelde zou slechter worden.' : 'the average would get worse.',
  };
  return `${nl ? 'Geblokkeerd' : 'Blocked'}: ${why[primary] ?? primary}`;
}

/** [stage, code, what it checks in English and Dutch, actual, limit]. */
const CHECKS = ({ signal, facts }) => [
  [1, 'SIGNAL_DUPLICATE', 'This signal has not come before', 'Dit signaal kwam niet eerder', '', ''],
  [1, 'SIGNAL_EXPIRED', 'The signal is fresh', 'Het signaal is vers', '1 s', '300 s'],
  [1, 'PAIR_NOT_ENABLED', 'The pair belongs to the strategy', 'Het paar hoort bij de strategie', signal.pair, ''],
  [2, 'STRATEGY_DISABLED', 'The strategy is enabled', 'De strategie is ingeschakeld', '', ''],
  [2, 'MODE_NO_ENTRIES', 'The mode allows entries', 'De modus laat instap toe', '', ''],
  [2, 'CONNECTION_NOT_READY', 'The connection is Online', 'De verbinding is Online', 'connected', 'connected'],
  [2, 'WITHDRAW_ENABLED', 'The key can’t withdraw', 'De sleutel kan niet opnemen', 'no', 'no'],
  [3, 'PRICE_STALE', 'The price is confirmed', 'De prijs is bevestigd', '0.4 s', '5 s'],
  [3, 'SPREAD_TOO_WIDE', 'The spread is within its limit', 'De spread is binnen zijn grens', '0.01 %', '0.50 %'],
  ...(facts.before ? [
    [3, 'ADDON_OUT_OF_ZONE', 'The price is in an add-on zone', 'De prijs ligt in een bijkoopzone', number(facts.price), `≤ ${number(facts.anchor * (1 - facts.step / 100))}`],
    [3, 'ADDON_ZONE_USED', 'The zone is still free', 'De zone is nog vrij', `zone ${facts.zone}`, `> ${facts.used}`],
    [3, 'GROUP_IN_RECOVERY', 'The group is not in Recovery Mode', 'De groep is niet in Recovery Mode', '', ''],
    [3, 'RECOVERY_OUT_OF_ZONE', 'The price is deep enough for Recovery Mode', 'De prijs is diep genoeg voor Recovery Mode', number(facts.price), ''],
  ] : []),
  [4, 'DIRECTION_NOT_ALLOWED', 'The direction is allowed', 'De richting is toegestaan', signal.direction.toUpperCase(), ''],
  [4, 'BRAKE_ACTIVE', 'The brake is off', 'De rem is uit', '1.8 %', '10 %'],
  ...(facts.before ? [
    [4, 'ADDON_LIMIT_REACHED', 'There are add-ons left', 'Er zijn nog bijkopen over', String(facts.adds), `< ${facts.max}`],
    [4, 'ADDON_WORSENS_AVERAGE', 'The average gets better', 'Het gemiddelde wordt beter', number(facts.price), `< ${number(facts.before.breakEven)}`],
  ] : [[4, 'TOO_MANY_GROUPS', 'There is room for another group', 'Er is plaats voor nog een groep', '1', '< 3']]),
  [4, 'MARGIN_GROUP_EXCEEDED', 'The group stays within its limit', 'De groep blijft binnen haar grens', '199.80', '400.00'],
  [4, 'MARGIN_TOTAL_EXCEEDED', 'The connection stays within its limit', 'De verbinding blijft binnen haar grens', '812.40', '2000.00'],
  [4, 'BALANCE_INSUFFICIENT', 'The balance is enough', 'Het saldo is genoeg', '8641.20', '100.50'],
];

export function verdictsOf(decision, lang) {
  const recovering = decision.failed.includes('GROUP_IN_RECOVERY');
  return CHECKS(decision)
    .filter(([, code]) => (recovering ? !/^ADDON_/.test(code) : code !== 'RECOVERY_OUT_OF_ZONE' && code !== 'GROUP_IN_RECOVERY'))
    .map(([stage, code, en, nl, actual, limit]) => ({ stage, code, result: decision.failed.includes(code) ? 'fail' : 'pass', actual, limit, text: lang === 'nl' ? nl : en }));
}
