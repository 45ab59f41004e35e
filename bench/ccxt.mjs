// ccxt's side of the comparisons: `node ccxt.mjs FOLDER` takes "TASK MILLISECONDS" a line, runs the task for about so long
// and answers with the nanoseconds one run took. FOLDER holds the inputs, the same bytes that ours reads.
//
// ccxt is as its package has it, but for the transport: `fetch`, which would send a request and parse its answer, hands back the answer
// (for the lists of instruments it parses it, as it must). Rate limiting is off, since waiting is no work.
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ccxt from '../tests/conformance/node_modules/ccxt/js/ccxt.js';

const folder = process.argv[2];
const text = (name) => readFileSync(path.join(folder, name), 'utf8');
const KEY = { apiKey: '6705f5c311545b000157d3eb', secret: 'f03a5284-5c39-4aaa-9b20-dea10bdcf8e3', password: 'Backfuture7', enableRateLimit: false };

/** A KuCoin client of one market: account kind and lists to load are told, so that nothing else is asked for. */
function kucoin(Class, market) {
  const exchange = new Class({ ...KEY, options: { uta: false, hf: true } });
  exchange.options.fetchMarkets = { types: [market], fetchTickersFees: false, uta: false };
  return exchange;
}

async function withMarkets(exchange, list, fetchMarkets) {
  const answer = JSON.parse(text(list));
  const empty = { success: true, code: 0, symbols: [], data: [] };
  exchange.fetch = async (url) => (isOther(url, list) ? empty : answer);
  exchange.setMarkets(await fetchMarkets(exchange));
  return exchange;
}
/** MEXC's fetchMarkets always asks for both markets' lists: the one that is not measured is empty. */
const isOther = (url, list) => url.includes('mexc') && url.includes('/contract/') !== list.includes('futures');

const kucoinMarkets = (exchange) => exchange.fetchMarkets({ marginables: false });
const mexcMarkets = (exchange) => exchange.fetchMarkets();

/** ccxt counts futures in contracts: 12 or 120 of them are our 0.012 BTC. */
async function order(exchange, answer, symbol, amount, params = {}) {
  exchange.fetch = async () => answer;
  return () => exchange.createOrder(symbol, 'limit', 'buy', amount, 61234.5, { clientOrderId: 'bf-0123456789abcdef', ...params });
}

async function instruments(exchange, list, fetchMarkets) {
  const body = text(list);
  const empty = { success: true, code: 0, symbols: [], data: [] };
  exchange.fetch = async (url) => (isOther(url, list) ? empty : JSON.parse(body));
  return async () => {
    const markets = await fetchMarkets(exchange);
    if (markets.length !== 1000) throw new Error(`${markets.length} markets`);
  };
}

/** Frames through ccxt.pro's own client, from what the socket hands over to the unified structures in its caches. */
function stream(exchange, frames) {
  const client = exchange.client('wss://stream.invalid/');
  let at = 0;
  return () => {
    client.onMessage({ data: frames[at] });
    at = at + 1 === frames.length ? 0 : at + 1;
  };
}
const lines = (name) => text(name).split('\n').filter((line) => line !== '');
const binaries = (name) => lines(name).map((line) => Buffer.from(line, 'hex'));

/** Four signed reads for each key over real sockets, `atOnce` keys at a time; nanoseconds a key. Markets are given, so that nothing else is asked. */
async function reads(atOnce) {
  const { base, keys } = JSON.parse(text('simulator.json'));
  const market = { id: 'BTC-USDT', symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', baseId: 'BTC', quoteId: 'USDT', type: 'spot', spot: true, active: true,
    swap: false, future: false, option: false, contract: false, precision: { amount: 1e-8, price: 0.1 }, limits: {} };
  const point = (value) => (typeof value === 'string' ? value.replace(/^https?:\/\/[^/]+/, base)
    : Object.fromEntries(Object.entries(value).map(([name, one]) => [name, point(one)])));
  const clients = keys.map(({ key, secret, passphrase }) => {
    const exchange = new ccxt.kucoin({ apiKey: key, secret, password: passphrase, enableRateLimit: false, options: { uta: false, hf: true } });
    exchange.urls.api = point(exchange.urls.api);
    exchange.setMarkets([market]);
    return exchange;
  });
  let next = 0;
  return {
    async measure(ms) {
      const begin = performance.now();
      let ended = 0;
      await Promise.all(Array.from({ length: atOnce }, async () => {
        while (performance.now() - begin < ms) {
          const exchange = clients[next++ % clients.length];
          await exchange.privateGetUserApiKey();
          await exchange.fetchBalance({ type: 'trade' });
          await exchange.fetchOpenOrders('BTC/USDT');
          await exchange.fetchMyTrades('BTC/USDT');
          ++ended;
        }
      }));
      return ((performance.now() - begin) * 1e6) / ended;
    },
  };
}

const KUCOIN_PLACED = { code: '200000', data: { orderId: '671b50161777ff00074c168d' } };
const MEXC_PLACED = { symbol: 'BTCUSDT', orderId: 'C02__443776347957968896088', orderListId: -1, price: '61234.5', origQty: '0.0125', type: 'LIMIT', side: 'BUY', transactTime: 1666676533741 };
const KUCOIN_SPOT = 'kucoin-spot.json', KUCOIN_FUTURES = 'kucoin-futures.json', MEXC_SPOT = 'mexc-spot.json', MEXC_FUTURES = 'mexc-futures.json';
const kucoinOn = (Class, market, list) => withMarkets(kucoin(Class, market), list, kucoinMarkets);
const mexcOn = (Class, list) => withMarkets(new Class(KEY), list, mexcMarkets);

const tasks = {
  order_kucoin_spot: async () => order(await kucoinOn(ccxt.kucoin, 'spot', KUCOIN_SPOT), KUCOIN_PLACED, 'BTC/USDT', 0.0125),
  order_kucoin_futures: async () => order(await kucoinOn(ccxt.kucoin, 'swap', KUCOIN_FUTURES), KUCOIN_PLACED, 'BTC/USDT:USDT', 12,
    { marginMode: 'isolated', leverage: 3 }),
  order_mexc_spot: async () => order(await mexcOn(ccxt.mexc, MEXC_SPOT), MEXC_PLACED, 'BTC/USDT', 0.0125),
  order_mexc_futures: async () => order(await mexcOn(ccxt.mexc, MEXC_FUTURES), { success: true, code: 0, data: '739113577038255616' }, 'BTC/USDT:USDT', 120,
    { openType: 1, leverage: 3 }),
  instruments_kucoin_spot: () => instruments(kucoin(ccxt.kucoin, 'spot'), KUCOIN_SPOT, kucoinMarkets),
  instruments_kucoin_futures: () => instruments(kucoin(ccxt.kucoin, 'swap'), KUCOIN_FUTURES, kucoinMarkets),
  instruments_mexc_spot: () => instruments(new ccxt.mexc(KEY), MEXC_SPOT, mexcMarkets),
  instruments_mexc_futures: () => instruments(new ccxt.mexc(KEY), MEXC_FUTURES, mexcMarkets),
  reads_4: () => reads(4),
  reads_16: () => reads(16),
  reads_64: () => reads(64),
  event_kucoin_spot: async () => {
    const read = stream(await kucoinOn(ccxt.pro.kucoin, 'spot', KUCOIN_SPOT), lines('kucoin-ticker.txt'));
    const place = await tasks.order_kucoin_spot();
    return () => (read(), place());
  },
  stream_kucoin_ticker: async () => stream(await kucoinOn(ccxt.pro.kucoin, 'spot', KUCOIN_SPOT), lines('kucoin-ticker.txt')),
  stream_kucoin_trade: async () => stream(await kucoinOn(ccxt.pro.kucoin, 'spot', KUCOIN_SPOT), lines('kucoin-trade.txt')),
  stream_kucoin_order: async () => stream(await kucoinOn(ccxt.pro.kucoin, 'spot', KUCOIN_SPOT), lines('kucoin-order.txt')),
  stream_mexc_ticker: async () => stream(await mexcOn(ccxt.pro.mexc, MEXC_SPOT), binaries('mexc-ticker.txt')),
  stream_mexc_trade: async () => stream(await mexcOn(ccxt.pro.mexc, MEXC_SPOT), binaries('mexc-trade.txt')),
  stream_mexc_order: async () => stream(await mexcOn(ccxt.pro.mexc, MEXC_SPOT), binaries('mexc-order.txt')),
};

/** Nanoseconds one `work()` takes: the fastest of slices of 25 ms, for about `ms`. What is not asynchronous is not made to wait. */
async function nsEach(work, ms) {
  let best = Infinity;
  for (let slices = Math.ceil(ms / 25); slices > 0; --slices) {
    let count = 0;
    const begin = performance.now();
    let now = begin;
    for (; now - begin < 25; now = performance.now()) {
      const result = work();
      if (result !== undefined) await result;
      ++count;
    }
    best = Math.min(best, ((now - begin) * 1e6) / count);
  }
  return best;
}

const ready = {};
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ms] = line.split(' ');
  try {
    ready[name] ??= await tasks[name]();
    console.log(await (ready[name].measure ?? ((time) => nsEach(ready[name], time)))(Number(ms)));
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}
