/**
 * Counts what is done in a window of time by lanes that each begin the next when the last is done (a closed loop). What
 * began before the window, while things warm up, is done but not counted.
 */
import { type CpuTimes, cpuTimes, type Watched } from './processes.ts';

/** Latencies in buckets that are 1/64 of their value wide: exact enough, and as cheap as an addition. */
class Histogram {
  readonly #counts = new Uint32Array(27 * 64);
  #total = 0;

  add(ms: number): void {
    const us = Math.max(1, Math.round(ms * 1000));
    const power = 31 - Math.clz32(us);
    this.#counts[power < 6 ? us : (power - 5) * 64 + ((us >> (power - 6)) & 63)]!++;
    this.#total++;
  }

  /** In milliseconds. */
  quantile(share: number): number {
    let left = share * this.#total;
    for (let i = 0; i < this.#counts.length; i++) {
      left -= this.#counts[i]!;
      if (left > 0 || this.#counts[i] === 0) continue;
      const shift = Math.max(0, (i >> 6) - 1);
      return (i < 64 ? i : (64 + (i & 63) + 0.5) * 2 ** shift) / 1000;
    }
    return 0;
  }
}

export type Span = { warmupMs: number; ms: number; watched: Watched };
/** Of one core, in percent. */
export type Load = { server: number; postgres: number; self: number; others: number };
export type Window = {
  perSecond: number;
  p50: number;
  p99: number;
  /** All that was done, the warm-up included. */
  done: number;
  errors: number;
  /** What some of the errors were. */
  examples: string[];
  cpu: Load | undefined;
};

export class Meter {
  readonly #span: Span;
  readonly #histogram = new Histogram();
  #beginAt: number;
  #endAt = Infinity;
  #lastAt = 0;
  #before: CpuTimes | undefined;
  #after: CpuTimes | undefined;
  #counted = 0;
  #next = 0;
  #begun = false;
  #ended = false;
  #errors = 0;
  readonly #examples = new Set<string>();
  /** How many inputs there are, and whether they may be used again. */
  readonly #inputs: number;
  readonly #reusable: boolean;

  constructor(span: Span, inputs: number, reusable: boolean) {
    this.#span = span;
    this.#inputs = inputs;
    this.#reusable = reusable;
    this.#beginAt = performance.now() + span.warmupMs;
  }

  /** The number of the next input; undefined when the window is over or the inputs are used up. */
  take(): number | undefined {
    const now = performance.now();
    if (!this.#begun && now >= this.#beginAt) this.#begin();
    if (!this.#ended && (now >= this.#endAt || (!this.#reusable && this.#next >= this.#inputs))) {
      this.#ended = true;
      this.#endAt = Math.min(this.#endAt, now);
      this.#after = cpuTimes(this.#span.watched);
      this.#lastAt = now;
    }
    return this.#ended ? undefined : this.#next++ % this.#inputs;
  }

  #begin(): void {
    this.#begun = true;
    this.#before = cpuTimes(this.#span.watched);
    this.#beginAt = performance.now();
    this.#endAt = this.#beginAt + this.#span.ms;
  }

  done(startedAt: number, error?: string): void {
    const now = performance.now();
    if (error !== undefined) {
      this.#errors++;
      if (this.#examples.size < 3) this.#examples.add(error);
    }
    if (!this.#begun || now > this.#endAt) return;
    this.#counted++;
    if (startedAt >= this.#beginAt) this.#histogram.add(now - startedAt);
  }

  result(): Window {
    const seconds = (this.#endAt - this.#beginAt) / 1000;
    const [before, after] = [this.#before, this.#after];
    const share = (key: keyof CpuTimes) =>
      Math.round((after![key] - before![key]) / (this.#lastAt - this.#beginAt) / 0.01);
    const own = () => ({ server: share('server'), postgres: share('postgres'), self: share('self') });
    const cpu = before && after && own();
    return {
      perSecond: this.#begun ? this.#counted / seconds : 0,
      p50: this.#histogram.quantile(0.5),
      p99: this.#histogram.quantile(0.99),
      done: this.#next,
      errors: this.#errors,
      examples: [...this.#examples],
      cpu: cpu && { ...cpu, others: Math.max(0, share('machine') - cpu.server - cpu.postgres - cpu.self) },
    };
  }
}
