// Compares this server's address with an exchange's allow-list. KuCoin masks octets ("203.**.154"), so a
// match against a mask is only "possible": an unknown is never a yes.

export type Listing = 'listed' | 'possible' | 'absent' | 'unknown';

export function listing(address: string | null | undefined, list: string[]): Listing {
  if (!address || list.length === 0) return 'unknown';
  if (list.includes(address)) return 'listed';
  if (list.some((entry) => entry.includes('/'))) return 'unknown'; // Ranges: not compared here.
  return list.some((entry) => fitsMask(address, entry)) ? 'possible' : 'absent';
}

/** A mask of stars may stand for one octet or for several. */
function fitsMask(address: string, entry: string): boolean {
  if (!entry.includes('*')) return false;
  const pattern = entry.split(/\*+/).map((part) => part.replace(/[.\\+?^${}()|[\]]/g, '\\$&')).join('[0-9a-fA-F.:]+');
  return new RegExp(`^${pattern}$`).test(address);
}

/** Good enough to catch a slip; the server decides. */
export function looksLikeV4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255);
}

export function looksLikeV6(text: string): boolean {
  return /^[0-9a-fA-F:]+(\.[0-9.]+)?$/.test(text) && text.split(':').length >= 3 && !text.includes(':::');
}
