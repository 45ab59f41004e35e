// What the pages know about the connections: the list, and the tests under way. Fed by REST answers and by
// the live stream; the stream is for seeing things happen, the truth is asked for when it was interrupted.
import { api, Problem } from './api';
import type { Connection, ConnectionName, Report, Step, StepId } from './types';

/** One run of the connection test, as far as the live stream has told. */
export interface Run {
  test: number;
  steps: Partial<Record<StepId, Step>>;
  report: Report | null;
}

class Connections {
  list = $state.raw<Connection[]>([]);
  /** Those of which what is stored can't be read: there is nothing to do with them but to remove them. */
  unreadable = $state.raw<ConnectionName[]>([]);
  loaded = $state.raw(false);
  problem = $state.raw<Problem | null>(null);
  runs = $state.raw<Record<string, Run>>({});

  async refresh(): Promise<void> {
    try {
      const got = await api.connections();
      // The list carries no reports; those that were asked for are kept.
      this.list = got.connections.map((connection) => ({ ...connection, report: this.find(connection.id)?.report }));
      this.unreadable = got.unreadable;
      this.problem = null;
      this.loaded = true;
    } catch (error) {
      if (error instanceof Problem) this.problem = error;
      else throw error;
    }
  }

  find(id: string): Connection | undefined {
    return this.list.find((connection) => connection.id === id);
  }

  /** A live event carries no report; one that was asked for is kept. */
  put(next: Connection): void {
    const known = this.find(next.id);
    const merged = known && next.report === undefined ? { ...next, report: known.report } : next;
    this.list = known
      ? this.list.map((connection) => (connection.id === next.id ? merged : connection))
      : [...this.list, merged];
  }

  drop(id: string): void {
    this.list = this.list.filter((connection) => connection.id !== id);
    this.unreadable = this.unreadable.filter((connection) => connection.id !== id);
  }

  noteStep(id: string, test: number, step: Step): void {
    const run = this.runs[id];
    if (run && run.test > test) return;
    const steps = run && run.test === test ? run.steps : {};
    this.runs = { ...this.runs, [id]: { test, steps: { ...steps, [step.id]: step }, report: null } };
  }

  noteReport(id: string, test: number, report: Report): void {
    const run = this.runs[id];
    if (run && run.test > test) return;
    this.runs = { ...this.runs, [id]: { test, steps: run?.test === test ? run.steps : {}, report } };
    const known = this.find(id);
    if (known) this.put({ ...known, report });
  }

  clear(): void {
    this.list = [];
    this.unreadable = [];
    this.loaded = false;
    this.problem = null;
    this.runs = {};
  }
}

export const connections = new Connections();
