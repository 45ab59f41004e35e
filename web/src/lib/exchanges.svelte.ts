// What can be connected. It changes only when the server does, so it is asked once per visit.
import { api } from './api';
import type { Exchange } from './types';

let list = $state.raw<Exchange[]>([]);

export async function loadExchanges(): Promise<Exchange[]> {
  if (list.length === 0) list = await api.exchanges();
  return list;
}

export function exchangeOf(id: string): Exchange | undefined {
  return list.find((exchange) => exchange.id === id);
}

/** The exchange's own way of writing its name; the id while that isn't known yet. */
export function exchangeName(id: string): string {
  return exchangeOf(id)?.name ?? { mexc: 'MEXC', kucoin: 'KuCoin' }[id] ?? id;
}
