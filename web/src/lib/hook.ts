// What a user pastes at TradingView or into a script to send a strategy its signals.
import type { Direction, Hook } from './trading';

export type Kind = 'entry' | 'add' | 'exit';
export interface Wanted { strategy: string; pair: string; direction: Direction; kind: Kind }

export function hookAddress(hook: Hook): string {
  return location.origin + hook.path;
}

/** TradingView posts only to ports 80 and 443 of an address that the whole internet can reach. */
export function reachableByTradingView(address: string): boolean {
  const { hostname, port } = new URL(address);
  const own = /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|\[)/.test(hostname) || hostname.endsWith('.local');
  return port === '' && !own;
}

/** {{timenow}} and {{time}} are TradingView's own placeholders: when the alert fires, and the bar it is about. */
export function alertText(wanted: Wanted, token: string): string {
  return JSON.stringify({ token, time: '{{timenow}}', bar_time: '{{time}}', ...wanted }, null, 2);
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** For a shell; `date` writes the time when the line is run. */
export function curlExample(wanted: Wanted, address: string): string {
  const body = JSON.stringify(wanted).slice(0, -1);
  return `curl -X POST ${quoted(address)} -H 'Content-Type: application/json' \\\n  -d ${quoted(`${body},"time":"`)}"$(date -u +%Y-%m-%dT%H:%M:%SZ)"${quoted('"}')}`;
}
