/**
 * Room that is kept for the day when the volume is full: a file of no use, given up then, so that the index can still be opened and
 * written to, shards be deleted and the provider be restarted. It comes back by itself when there is room again.
 *
 * Whoever fills the volume may be somebody else: rows, logs, a neighbour on the same disk.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { hasCode, utf8 } from '@lunarx/core/model'
import type { Disk } from '@lunarx/runtime/disk'
import type { Log } from '@lunarx/runtime/log'
import { PROVIDER_LIMITS } from '../limits.ts'

const FILE = 'ballast'
const BLOCK_BYTES = 64 * 1024

export interface BallastDeps {
  readonly disk: Disk
  readonly crypto: CryptoEngine
  readonly log: Log
}

export class Ballast {
  readonly #deps: BallastDeps
  #wantedBytes = 0
  #heldBytes = 0

  private constructor(deps: BallastDeps) {
    this.#deps = deps
  }

  /** Before anything else is opened on the volume. @throws {LunarError} STORE_FAILED */
  static async open(deps: BallastDeps): Promise<Ballast> {
    const ballast = new Ballast(deps)
    await using file = await deps.disk.open(FILE, 'read')
    ballast.#heldBytes = (await file?.size()) ?? 0
    await ballast.tend()
    return ballast
  }

  /** Free bytes of the volume that are not for shards, since the ballast is to be made of them. */
  get owedBytes(): number {
    return Math.max(0, this.#wantedBytes - this.#heldBytes)
  }

  /** Given up when next to nothing is free, made again when there is plenty. */
  async tend(): Promise<void> {
    const { totalBytes, freeBytes } = await this.#deps.disk.space()
    this.#wantedBytes = Math.min(PROVIDER_LIMITS.ballastBytes, Math.floor(totalBytes / 128))
    if (this.#heldBytes > 0 && freeBytes < this.#wantedBytes / 4) await this.#giveUp(freeBytes)
    else if (this.owedBytes > 0 && freeBytes >= 4 * this.#wantedBytes) await this.#make()
  }

  async #giveUp(freeBytes: number): Promise<void> {
    this.#deps.log.warn('the volume is full: the room that was kept for this is used', { freeBytes, ballastBytes: this.#heldBytes })
    await this.#deps.disk.remove(FILE)
    this.#heldBytes = 0
  }

  async #make(): Promise<void> {
    const { disk, crypto } = this.#deps
    const block = new Uint8Array(BLOCK_BYTES)
    for (let at = 0; at < BLOCK_BYTES; at += 32) block.set(crypto.sha256(utf8(`ballast ${at}`)), at) // compresses to nothing less
    try {
      await using file = await disk.open(FILE, 'create')
      for (let at = 0; at < this.#wantedBytes; at += BLOCK_BYTES) await file.write(block.subarray(0, this.#wantedBytes - at), at)
      await file.sync()
      this.#heldBytes = this.#wantedBytes
    } catch (error) {
      if (!hasCode(error, 'FULL')) throw error
      await disk.remove(FILE)
    }
  }
}
