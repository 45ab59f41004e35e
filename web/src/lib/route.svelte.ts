// Pages are chosen by the fragment of the address, so the server serves one document and its assets.
//   #/                    the connections        #/add              the wizard
//   #/connections/<id>    one connection
export type Route = { page: 'connections' } | { page: 'add' } | { page: 'connection'; id: string };

export function readRoute(hash: string): Route {
  const parts = hash.replace(/^#\/?/, '').split('/');
  if (parts[0] === 'add') return { page: 'add' };
  if (parts[0] === 'connections' && parts[1]) return { page: 'connection', id: decodeURIComponent(parts[1]) };
  return { page: 'connections' };
}

let current = $state.raw<Route>(readRoute(location.hash));
addEventListener('hashchange', () => {
  current = readRoute(location.hash);
  scrollTo(0, 0);
});

export function route(): Route {
  return current;
}

export const addressOf = {
  connections: '#/',
  add: '#/add',
  connection: (id: string) => `#/connections/${encodeURIComponent(id)}`,
};

export function go(hash: string): void {
  location.hash = hash;
}
