/**
 * How many bytes of objects HDFS still takes: what the cluster has free, or what a quota on our root leaves, by the number of copies.
 *
 * Quotas of folders above are not told to us: then a put says FULL. Where erasure coding keeps the files, this says too little.
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
  readonly clock: Clock
  readonly replication: number | undefined
}

export class Room {
  readonly #options: RoomOptions
  #askQuotaAt = Number.NEGATIVE_INFINITY

  constructor(options: RoomOptions) {
    this.#options = options
  }

  async freeBytes(signal: AbortSignal): Promise<number> {
    const { files, root } = this.#options
    const copies = this.#options.replication ?? (await files.defaultReplication(root, signal))
    const [remaining, quota] = [await files.remaining(root, signal), await this.#quotaLeft(signal)]
    return Math.max(0, Math.floor(Math.min(remaining, quota) / Math.max(1, copies)))
  }

  async #quotaLeft(signal: AbortSignal): Promise<number> {
    const { files, root, clock } = this.#options
    if (clock.elapsed() < this.#askQuotaAt) return Number.POSITIVE_INFINITY
    const left = await files.quotaLeft(root, signal)
    if (left === undefined) this.#askQuotaAt = clock.elapsed() + NO_QUOTA_MS
    return left ?? Number.POSITIVE_INFINITY
  }
}
