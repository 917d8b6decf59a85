/**
 * Keeps a peer in the directory for as long as it runs: it says what it serves, and knows whom to begin with.
 *
 * @module
 */
import type { PeerAddress } from '@lunarx/core/model'
import type { Random } from '@lunarx/runtime/random'
import type { Tasks } from '@lunarx/runtime/tasks'
import type { Directory } from './directory.ts'

/** Neighbours forget what they were told when they start again. */
const AGAIN_MS = 3_600_000
/** Nobody took it. */
const RETRY_MS = 30_000

export interface PresenceDeps {
  /** Undefined: the network has none. */
  readonly directory: Directory | undefined
  /** Keys of its services. */
  readonly services: readonly Uint8Array[]
  /** Peers that are known now. */
  readonly known: () => readonly PeerAddress[]
  readonly random: Random
  readonly tasks: Tasks
}

export function keepPresent({ directory, services, known, random, tasks }: PresenceDeps): void {
  if (!directory) return
  let isTaken = false
  tasks.repeat(
    'keep in the directory',
    () => (isTaken ? AGAIN_MS : RETRY_MS) * (0.8 + 0.2 * random.uniform()),
    async (signal) => {
      directory.meet(known())
      let taken = 0
      for (const service of services) taken += await directory.announce(service, signal)
      isTaken = services.length === 0 || taken > 0
    },
  )
}
