/** Numbers as text: one aligned table for each concurrency, and what else was found. */
import type { Measured } from './measure.ts';
import type { Plan } from './plans.ts';

const users = ['server', 'postgres', 'self'] as const;
const names = ['server', 'postgres', 'load'];
const heads = [
  ...['operation', 'req/s', 'p50 ms', 'p99 ms', 'limit/s', 'share'],
  ...names.map((name) => `${name} %`),
  ...names.map((name) => `${name} µs`),
  '',
];
/** Percent of a core that other programs may use before it is said. */
const quiet = 15;

export function table(measured: readonly Measured[]): string {
  const rows = measured.map((one) => [
    one.title,
    one.perSecond.toFixed(0),
    one.p50.toFixed(2),
    one.p99.toFixed(2),
    one.limit?.perSecond.toFixed(0) ?? '',
    one.share?.toFixed(2) ?? '',
    ...users.map((user) => one.cpu?.[user].toFixed(0) ?? ''),
    ...users.map((user) => (one.cpu ? ((one.cpu[user] * 10_000) / one.perSecond).toFixed(0) : '')),
    notesOf(one).join('; '),
  ]);
  return aligned([heads, ...rows]);
}

function notesOf({ share, goal, limit, errors, examples, mailsPerSecond, cpu }: Measured): string[] {
  const notes: string[] = [];
  if (errors > 0) notes.push(`${errors} ERRORS: ${examples.join(' | ')}`);
  if (share !== undefined && goal !== undefined && share < goal) notes.push(`SHARE BELOW ${goal}`);
  if (limit && !limit.what.startsWith('the statement')) notes.push(`limit: ${limit.what}`);
  if (mailsPerSecond) notes.push(`what was left went out at ${mailsPerSecond.toFixed(0)} mails/s`);
  if (cpu && cpu.others > quiet) notes.push(`other programs took ${cpu.others.toFixed(0)} %`);
  return notes;
}

/** The first and the last column to the left, numbers to the right. */
function aligned(rows: readonly string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const cell = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column]!) : text.padStart(widths[column]!);
  return rows
    .map((row) => [...row.slice(0, -1).map(cell), row.at(-1)!].join('  ').trimEnd())
    .map((line) => `  ${line}`)
    .join('\n');
}

/** The rates of operations beside those that they are judged by; empty where there are none. */
export const besideOthers = (measured: readonly Measured[]): string =>
  measured
    .flatMap(({ title, concurrency, perSecond, against }) => {
      const other = measured.find(
        (one) => one.operation === against?.name && one.concurrency === concurrency,
      );
      if (!against || !other) return [];
      const share = perSecond / other.perSecond;
      const verdict = share < against.goal ? `  BELOW ${against.goal}` : '';
      return `  ${title}, ${concurrency} at once: ${share.toFixed(2)} × ${other.title}${verdict}`;
    })
    .join('\n');

export type Growth = { title: string; concurrency: number; before: number; after: number; ratio: number };
/** Of the p99, from few stored invitations to many. */
export const mostGrowth = 1.5;

export const growthOf = (before: readonly Measured[], after: readonly Measured[]): Growth[] =>
  before.flatMap((one) => {
    const then = after.find((other) => other.title === one.title && other.concurrency === one.concurrency);
    return then
      ? [
          {
            title: one.title,
            concurrency: one.concurrency,
            before: one.p99,
            after: then.p99,
            ratio: then.p99 / one.p99,
          },
        ]
      : [];
  });

export const growthTable = (growth: readonly Growth[]): string =>
  aligned([
    ['operation', 'at once', 'p99 before', 'p99 after', 'ratio', ''],
    ...growth.map(({ title, concurrency, before, after, ratio }) => [
      title,
      `${concurrency}`,
      before.toFixed(2),
      after.toFixed(2),
      ratio.toFixed(2),
      ratio > mostGrowth ? `ABOVE ${mostGrowth}` : '',
    ]),
  ]);

export const planList = (plans: readonly Plan[]): string =>
  plans
    .map(({ name, nodes, scans }) => {
      const warning = scans.length > 0 ? `  READS ALL OF ${scans.join(', ')}` : '';
      return `  ${name}:${warning}\n    ${nodes.join(' · ')}`;
    })
    .join('\n');
