// De teksten van de lijst van paren van een verbinding in het Nederlands.
import type { pairsEn } from './pairs.en';

export const pairsNl: Record<keyof typeof pairsEn, string> = {
  'pairs.title': 'Paren en hun orders',
  'pairs.text': 'Wat een API-sleutel hier mag verhandelen, volgens de eigen lijst van de exchange en naar wat zij weigerde. De lijst zegt niets over immediate-or-cancel- en stoporders.',
  'pairs.right': 'Het handelsrecht van de sleutel:',
  'pairs.closed': 'Alleen paren waarop nu niets wordt geopend',
  'pair': 'Paar',
  'pairs.state': 'Voor een API-sleutel',
  'pairs.types': 'Orders',
  'pairs.price_step': 'Prijsstap',
  'pairs.quantity_step': 'Hoeveelheidsstap',
  'pairs.least': 'Minste hoeveelheid',
  'pairs.worth': 'Minste waarde',
  'pairs.open': 'Open',
  'pairs.no_api': 'Niet via de API',
  'pairs.refused': 'Geweigerd',
  'pairs.unknown': 'Niet verteld',
  'pairs.why': 'Een order werd {age} geweigerd: {words}',
  'pairs.type.limit': 'limit',
  'pairs.type.market': 'market',
  'pairs.more': 'Er zijn er meer: zoek er een.',
};
