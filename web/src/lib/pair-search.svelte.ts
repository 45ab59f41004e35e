// Pairs of a connection's market while something is typed: asked when the typing pauses, again while the exchange's list is still being read.
import { problemOf, type Problem } from './api';
import type { Instrument } from './trading';
import { tradingApi } from './trading-api';

const TYPING_MS = 250;
const AGAIN_MS = 1500;

export class PairSearch {
  found = $state.raw<Instrument[] | null>(null);
  more = $state(false);
  loading = $state(false);
  problem = $state.raw<Problem | null>(null);

  /** To be made while a component is; nothing is asked while there is no question. */
  constructor(question: () => { connection: string; search: string; closed?: boolean } | null) {
    $effect(() => {
      const asked = question();
      this.found = null;
      if (!asked) return;
      let timer = setTimeout(ask, TYPING_MS);
      let over = false;
      const self = this;
      async function ask() {
        const problem = await problemOf(async () => {
          const got = await tradingApi.instruments(asked!);
          if (over) return;
          self.found = got.instruments;
          self.more = got.more;
          self.loading = got.loading;
          if (got.loading) timer = setTimeout(ask, AGAIN_MS);
        });
        if (!over) self.problem = problem;
      }
      return () => {
        over = true;
        clearTimeout(timer);
      };
    });
  }
}
