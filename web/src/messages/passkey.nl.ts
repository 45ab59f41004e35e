// De teksten over passkeys, in het Nederlands.
import type { passkeyEn } from './passkey.en';

export const passkeyNl: Record<keyof typeof passkeyEn, string> = {
  'passkey.use': 'Passkey gebruiken',
  'passkey.title': 'Passkeys',
  'passkey.text': 'Een passkey van dit apparaat, een telefoon of een beveiligingssleutel vervangt een eenmalige code. Hij werkt alleen op het adres waarvoor hij is gemaakt, dus geen nagemaakte pagina kan hem gebruiken.',
  'passkey.not_here': 'Hier niet mogelijk: browsers staan passkeys alleen toe waar een pagina een naam en een vertrouwd certificaat heeft, niet op een kaal adres als {host}. Start BackFuture met --host NAAM en TLS.',
  'passkey.codes_first': 'Stel eerst hierboven de tweede factor in: de codes en herstelcodes daarvan werken waar een passkey dat niet doet, bijvoorbeeld op de opdrachtregel.',
  'passkey.elsewhere': 'alleen op {host}',
  'passkey.used': 'laatst gebruikt {when}',
  'passkey.unused': 'nooit gebruikt',
  'passkey.remove': 'Verwijderen',
  'passkey.name': 'Naam van het apparaat',
  'passkey.add': 'Passkey toevoegen',
  'refusal.passkey_failed': 'De browser maakte of vond geen passkey: afgebroken, te laat, of hij vertrouwt het certificaat van deze pagina niet.',
  'refusal.passkey_there': 'Dat apparaat heeft al een passkey van dit account.',
};
