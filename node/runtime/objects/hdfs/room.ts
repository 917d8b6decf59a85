/**
 * How many bytes of objects HDFS still takes: what the cluster has free, or what a quota on one of our folders leaves, by the number of copies.
 *
 * Quotas of folders above the root are not told to us: then a put says FULL. Where erasure coding keeps the files, this says too little.
 *
 * @module
 */
import type { Clock } from '../../clock/clock.ts'
import type { Files } from './files.ts'

/** Without a quota the name node counts the whole tree to answer: seldom asked then. */
const NO_QUOTA_MS = 3_600_000

export interface RoomOptions {
  readonly files: Files
  readonly root: string
  /** In the root, or the same. */
  readonly folder: string
  readonly clock: Clock
  readonly replication: number | undefined
}

export class Room {
  readonly #options: RoomOptions
  readonly #askQuotaAt = new Map<string, number>()

  constructor(options: RoomOptions) {
    this.#options = options
  }

  async freeBytes(signal: AbortSignal): Promise<number> {
    const { files, root, folder, replication } = this.#options
    const copies = replication ?? (await files.defaultReplication(root, signal))
    let left = await files.remaining(root, signal)
    for (const path of new Set([root, folder])) left = Math.min(left, await this.#quotaLeft(path, signal))
    return Math.max(0, Math.floor(left / Math.max(1, copies)))
  }

  async #quotaLeft(path: string, signal: AbortSignal): Promise<number> {
    const { files, clock } = this.#options
    if (clock.elapsed() < (this.#askQuotaAt.get(path) ?? 0)) return Number.POSITIVE_INFINITY
    const left = await files.quotaLeft(path, signal)
    if (left === undefined) this.#askQuotaAt.set(path, clock.elapsed() + NO_QUOTA_MS)
    return left ?? Number.POSITIVE_INFINITY
  }
}
