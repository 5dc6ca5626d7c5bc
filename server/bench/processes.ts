/**
 * What processes use, read from /proc. On systems that have none the CPU and memory columns stay empty, and `ps`
 * tells who is whose child.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

type Process = { pid: number; parent: number; args: string; ownMs: number; reapedMs: number };

const hasProc = existsSync('/proc/self/stat');
const tickMs = 10;

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // It ended meanwhile.
  }
}

function all(): Process[] {
  if (!hasProc) {
    const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
    return lines.flatMap((line) => {
      const [, pid, parent, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return pid ? [{ pid: Number(pid), parent: Number(parent), args, ownMs: 0, reapedMs: 0 }] : [];
    });
  }
  return readdirSync('/proc').flatMap((name) => {
    const stat = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : '';
    if (!stat) return [];
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const ticks = (index: number) => (fields[index]! + fields[index + 1]!) * tickMs;
    return [{ pid: Number(name), parent: fields[1]!, args: '', ownMs: ticks(11), reapedMs: ticks(13) }];
  });
}

/** The process among the descendants of `pid` whose command line matches. */
export function descendant(pid: number, pattern: RegExp): number | undefined {
  const table = all();
  const family = new Set([pid]);
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const one of table) if (family.has(one.parent)) family.add(one.pid);
  }
  const argsOf = (one: Process) =>
    hasProc ? read(`/proc/${one.pid}/cmdline`).replaceAll('\0', ' ').trim() : one.args;
  return table.find((one) => one.pid !== pid && family.has(one.pid) && pattern.test(argsOf(one)))?.pid;
}

export type Watched = { server: number; postgres: number };
/** CPU time in milliseconds since each began; PostgreSQL with its backends, those that have ended included. */
export type CpuTimes = { server: number; postgres: number; self: number; machine: number };

export function cpuTimes({ server, postgres }: Watched): CpuTimes | undefined {
  if (!hasProc) return undefined;
  const times: CpuTimes = { server: 0, postgres: 0, self: 0, machine: busyMs() };
  for (const { pid, parent, ownMs, reapedMs } of all()) {
    if (pid === server) times.server = ownMs;
    if (pid === process.pid) times.self = ownMs;
    if (pid === postgres) times.postgres += ownMs + reapedMs;
    if (parent === postgres) times.postgres += ownMs;
  }
  return times;
}

/** What all programs together have used: everything but idling and waiting for the disk. */
function busyMs(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = /^cpu +(.*)$/m
    .exec(read('/proc/stat'))![1]!
    .split(' ')
    .map(Number);
  return (user + nice + system + irq + softirq) * tickMs;
}

/** Resident memory now and at its highest, in MiB. */
export function memoryOf(pid: number): { rss: number; peak: number } | undefined {
  const status = hasProc ? read(`/proc/${pid}/status`) : '';
  const size = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return status ? { rss: Math.round(size('VmRSS')), peak: Math.round(size('VmHWM')) } : undefined;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
