/**
 * What other processes cost: CPU seconds from `/proc`, and one measured span of work over servers and the children that ended in it.
 *
 * Linux only. Counts user and system time of all threads; resolution 10 ms.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { tool } from '../../hack/cluster/cluster.ts'

/** `USER_HZ`, the unit of `/proc/PID/stat`: fixed on all Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100
/** Fields of `/proc/PID/stat`, counted from behind the command's name, which may hold anything. */
const OWN = [11, 12] as const
const ENDED_CHILDREN = [13, 14] as const

function ticksOf(process: number | 'self', fields: readonly number[]): number {
  const stat = readFileSync(`/proc/${process}/stat`, 'utf8')
  const values = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.reduce((sum, field) => sum + Number(values[field]), 0)
}

/** @throws {Error} one of them has ended */
export const cpuSecondsOf = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + ticksOf(pid, OWN), 0) / TICKS_PER_SECOND

/** Of children of this process that have ended, and of those that they waited for. */
const cpuSecondsOfEnded = (): number => ticksOf('self', ENDED_CHILDREN) / TICKS_PER_SECOND

export interface Span {
  readonly wallSeconds: number
  /** Of the programs that `work` ran to their end. */
  readonly clientCpuSeconds: number
  readonly serverCpuSeconds: number
}

/** Writes back what earlier work left in memory first, so that no span pays for another. */
export async function measure(servers: readonly number[], work: () => Promise<unknown>): Promise<Span> {
  await tool('sync', [], process.env)
  const [server, ended, began] = [cpuSecondsOf(servers), cpuSecondsOfEnded(), performance.now()]
  await work()
  return {
    wallSeconds: (performance.now() - began) / 1_000,
    clientCpuSeconds: cpuSecondsOfEnded() - ended,
    serverCpuSeconds: cpuSecondsOf(servers) - server,
  }
}

/** Bytes that a process read from files and sockets since it began. */
export function readBytesOf(pid: number): number {
  return Number(/^rchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])
}

/** The middle one; of an even number, the lower of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
}
