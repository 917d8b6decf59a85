/**
 * Kept connections, one exchange at a time on each: so many per address, the rest waits its turn.
 *
 * @module
 */
import type { PeerAddress } from '@lunarx/core/model'
import { Limit } from '@lunarx/runtime'
import { NET_LIMITS } from '../limits.ts'
import { type ConnectDeps, type Connection, isCurrent, openConnection } from './connection.ts'

/** A connection for one exchange. */
export interface Lease {
  readonly connection: Connection
  /** Exactly once. `isReusable`: the last exchange has been read to its end. */
  release(isReusable: boolean): void
}

interface Lane {
  readonly key: string
  readonly limit: Limit
  /** Most recently used last. */
  readonly idle: Kept[]
}

interface Kept {
  readonly connection: Connection
  /** Ends the watch over the idle connection. */
  readonly unwatch: () => void
}

const keyOf = ({ host, dataPort, peer = '' }: PeerAddress): string => `${host}|${dataPort}|${peer}`

export class Pool implements Disposable {
  readonly #deps: ConnectDeps
  readonly #lanes = new Map<string, Lane>()
  #isDisposed = false

  constructor(deps: ConnectDeps) {
    this.#deps = deps
  }

  /** @throws {LunarError} TOO_MANY_REQUESTS and what {@link openConnection} throws; the signal's reason when aborted */
  lease(address: PeerAddress, signal: AbortSignal): Promise<Lease> {
    const lane = this.#lane(keyOf(address))
    return new Promise<Lease>((resolve, reject) => {
      const turn = lane.limit.run(async () => {
        const connection = this.#takeIdle(lane) ?? (await openConnection(address, this.#deps, signal))
        const left = Promise.withResolvers<void>()
        resolve({
          connection,
          release: (isReusable) => {
            this.#put(lane, connection, isReusable)
            left.resolve()
          },
        })
        await left.promise
      }, signal)
      turn.catch(reject).finally(() => this.#forgetIfUnused(lane))
    })
  }

  /** Closes the idle connections to an address that has stopped answering: the next question dials anew. */
  drop(address: PeerAddress): void {
    const lane = this.#lanes.get(keyOf(address))
    if (lane) this.#closeIdle(lane)
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true
    for (const lane of this.#lanes.values()) this.#closeIdle(lane)
  }

  #lane(key: string): Lane {
    const known = this.#lanes.get(key)
    if (known) return known
    const lane = { key, limit: new Limit({ concurrent: NET_LIMITS.connectionsPerAddress, queued: NET_LIMITS.waitingPerAddress }), idle: [] }
    this.#lanes.set(key, lane)
    return lane
  }

  #takeIdle(lane: Lane): Connection | undefined {
    for (let kept = lane.idle.pop(); kept; kept = lane.idle.pop()) {
      kept.unwatch()
      if (isCurrent(kept.connection, this.#deps.membership)) return kept.connection
      kept.connection.frames.destroy()
    }
    return undefined
  }

  #put(lane: Lane, connection: Connection, isReusable: boolean): void {
    if (!isReusable || !connection.frames.isOpen || this.#isDisposed || lane.idle.length >= NET_LIMITS.keptPerAddress) {
      connection.frames.destroy()
      return
    }
    connection.frames.rest()
    const close = (): void => this.#remove(lane, kept)
    const cancelTimer = this.#deps.clock.after(NET_LIMITS.askerIdleMs, close)
    const cancelClose = connection.frames.onClose(close)
    const kept: Kept = {
      connection,
      unwatch: () => {
        cancelTimer()
        cancelClose()
      },
    }
    lane.idle.push(kept)
  }

  #remove(lane: Lane, kept: Kept): void {
    kept.unwatch()
    kept.connection.frames.destroy()
    const at = lane.idle.indexOf(kept)
    if (at >= 0) lane.idle.splice(at, 1)
    this.#forgetIfUnused(lane)
  }

  #closeIdle(lane: Lane): void {
    for (let kept = lane.idle.at(-1); kept; kept = lane.idle.at(-1)) this.#remove(lane, kept)
  }

  #forgetIfUnused({ key, limit, idle }: Lane): void {
    if (limit.running === 0 && limit.waiting === 0 && idle.length === 0) this.#lanes.delete(key)
  }
}
