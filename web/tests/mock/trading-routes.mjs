// The trading part of the test double's interface: [method, path, needs a session, action], as in mock-server.mjs.
import { ladder } from './ladder.mjs';

export function tradingRoutes(trading, Refusal) {
  const asked = (query) => Object.fromEntries([...query].map(([name, value]) => [name, ['limit', 'since', 'before', 'group'].includes(name) ? Number(value) : value]));
  const valid = (settings, lang) => {
    const wrong = trading.refusal(settings, lang);
    if (wrong) throw new Refusal(422, wrong.code, 'Settings invalid', wrong.text, wrong.field);
  };
  const there = (kind, id) => {
    if (!trading.has(kind, id)) throw new Refusal(404, 'not_found', 'Not found');
    return id;
  };
  const one = (method, pattern, kind, act) => [method, pattern, true, (call) => act(there(kind, kind === 'groups' ? Number(call.id) : call.id), call)];
  return [
    ['GET', /^\/strategies$/, true, ({ lang }) => ({ strategies: trading.strategies(lang), more: false })],
    ['POST', /^\/strategies$/, true, ({ body, lang, response }) => {
      valid(body.settings, lang);
      if (trading.strategies(lang).some(({ name }) => name === body.settings.name)) throw new Refusal(409, 'name_taken', 'Name taken', lang === 'nl' ? 'Een andere strategie heeft deze naam.' : 'Another strategy has this name.', 'name');
      response.statusCode = 201;
      const id = trading.addStrategy(body.settings, body.paper);
      return { ...trading.strategy(id, lang), hook: trading.hook(id) };
    }],
    one('GET', /^\/strategies\/([^/]+)$/, 'strategies', (id, { lang }) => trading.strategy(id, lang)),
    one('PUT', /^\/strategies\/([^/]+)$/, 'strategies', (id, { body, lang }) => { valid(body.settings, lang); trading.change(id, { settings: body.settings }); return trading.strategy(id, lang); }),
    one('DELETE', /^\/strategies\/([^/]+)$/, 'strategies', (id, { lang }) => {
      if (trading.busy(id)) throw new Refusal(409, 'groups_open', lang === 'nl' ? 'Er zijn nog groepen open' : 'Groups are still open', lang === 'nl' ? 'Sluit ze eerst.' : 'Close them first.');
      trading.remove(id);
    }),
    one('POST', /^\/strategies\/([^/]+)\/(enable|disable)$/, 'strategies', (id, { verb, lang }) => {
      const [problem] = verb === 'enable' ? trading.strategy(id, lang).problems : [];
      if (problem) throw new Refusal(409, problem.code, problem.text, '', problem.field);
      trading.change(id, { enabled: verb === 'enable' });
      return trading.strategy(id, lang);
    }),
    one('POST', /^\/strategies\/([^/]+)\/mode$/, 'strategies', (id, { body, lang }) => { trading.change(id, { mode: body.mode }); return trading.strategy(id, lang); }),
    one('POST', /^\/strategies\/([^/]+)\/rotate-hook$/, 'strategies', (id) => trading.rotate(id)),
    one('POST', /^\/strategies\/([^/]+)\/signal$/, 'strategies', (id, { body, response }) => { response.statusCode = 202; return { signal: trading.signal(id, body) }; }),
    ['POST', /^\/ladder$/, true, ({ body, lang }) => ladder(body, trading, lang)],
    ['GET', /^\/instruments$/, true, ({ query }) => trading.instruments(query.get('connection'), query.get('search'), query.get('closed') === 'true')],
    ['GET', /^\/groups$/, true, ({ query }) => trading.groups(asked(query))],
    one('GET', /^\/groups\/([^/]+)$/, 'groups', (id, { lang }) => trading.group(id, lang)),
    one('POST', /^\/groups\/([^/]+)\/(release|recover|close|adopt|ignore|let-go)$/, 'groups', (id, { verb }) => {
      if (trading.orphaned(id) !== (verb === 'let-go')) throw new Refusal(409, verb === 'let-go' ? 'can_be_closed' : 'connection_removed', 'Conflict', 'The group is not in a state for it.');
      return trading.act(id, verb);
    }),
    ['GET', /^\/decisions$/, true, ({ query, lang }) => trading.decisions(asked(query), lang)],
    ['GET', /^\/decisions\/([^/]+)$/, true, ({ id, lang }) => {
      const found = trading.decision(Number(id), lang);
      if (!found) throw new Refusal(404, 'not_found', 'Not found');
      return found;
    }],
    ['GET', /^\/accounts\/([^/]+)$/, true, ({ id, lang }) => trading.account(id, lang)],
    ['POST', /^\/accounts\/([^/]+)\/(freeze|unfreeze)$/, true, ({ id, verb, lang }) => { trading.freeze(id, verb === 'freeze'); return trading.account(id, lang); }],
    ['GET', /^\/candles$/, true, ({ query }) => trading.candles(asked(query))],
    ['GET', /^\/alarms$/, true, ({ lang }) => trading.alarms(lang)],
    ['POST', /^\/alarms\/([^/]+)\/acknowledge$/, true, ({ id }) => { trading.acknowledge(Number(id)); }],
    ['GET', /^\/mode$/, true, () => trading.modes()],
    ['POST', /^\/mode$/, true, ({ body }) => trading.mode(body.mode, body.connection)],
  ];
}
