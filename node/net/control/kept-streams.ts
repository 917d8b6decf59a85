/**
 * Streams of finished exchanges, kept for the next question: opening one costs several times what a question and its answer cost.
 *
 * Of each connection and exchange a few, for a short time. One exchange at a time uses a stream.
 *
 * @module
 */
import type { Connection, Stream } from '@libp2p/interface'
import type { Clock } from '@lunarx/runtime'
import { NET_LIMITS } from '../limits.ts'

interface Kept {
  readonly stream: Stream
  /** Ends the watch over the idle stream. */
  readonly unwatch: () => void
}

export class KeptStreams {
  readonly #clock: Clock
  readonly #idle = new WeakMap<Connection, Map<string, Kept[]>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The stream that was used last, if there is one. */
  take(connection: Connection, protocol: string): Stream | undefined {
    const kept = this.#idle.get(connection)?.get(protocol)?.pop()
    kept?.unwatch()
    return kept?.stream
  }

  /** The question on it has been answered. A stream too many is closed. */
  put(connection: Connection, protocol: string, stream: Stream): void {
    const idle = this.#lane(connection, protocol)
    if (stream.status !== 'open' || idle.length >= NET_LIMITS.keptPerAddress) return close(stream)
    const leave = (): void => {
      kept.unwatch()
      const at = idle.indexOf(kept)
      if (at >= 0) idle.splice(at, 1)
      close(stream)
    }
    const cancelTimer = this.#clock.after(NET_LIMITS.askerIdleMs, leave)
    const kept: Kept = {
      stream,
      unwatch: () => {
        cancelTimer()
        for (const end of ENDS) stream.removeEventListener(end, leave)
      },
    }
    for (const end of ENDS) stream.addEventListener(end, leave)
    idle.push(kept)
  }

  #lane(connection: Connection, protocol: string): Kept[] {
    const lanes = this.#idle.get(connection) ?? new Map<string, Kept[]>()
    this.#idle.set(connection, lanes)
    const lane = lanes.get(protocol) ?? []
    lanes.set(protocol, lane)
    return lane
  }
}

/** The other side, or the connection, has ended the stream. */
const ENDS = ['remoteCloseWrite', 'close'] as const

/** Nobody waits for it. */
function close(stream: Stream): void {
  stream.close().catch(() => undefined)
}
