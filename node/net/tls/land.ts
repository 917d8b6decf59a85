/**
 * Lets a TLS socket that was accepted write what arrives into memory of ours, as `onread` does for one that was dialled.
 *
 * Node has no option for it: a server makes its TLS sockets itself and passes no `onread` on. So this does to an accepted socket what
 * Node does to one with `onread`, by the same internal names, and does nothing at all where they are not found: then the socket emits
 * `data`, which costs twice the CPU (docs/adr/0007-land-bytes-in-slabs.md).
 *
 * @module
 */
import type { TLSSocket } from 'node:tls'

/** As node:net's option `onread` has it. */
export interface Landing {
  /** Where to write next. */
  readonly buffer: () => Uint8Array
  /** So many bytes were written there. False: no more for now. */
  readonly callback: (bytes: number) => boolean
}

interface Handle {
  useUserBuffer(memory: Uint8Array): void
}

/** Before anything has arrived. @returns false: it cannot be done here, listen to `data` */
export function landAccepted(socket: TLSSocket, { buffer, callback }: Landing): boolean {
  const slots = socket as unknown as Record<string | symbol, unknown>
  const [memory, next, taken] = ['kBuffer', 'kBufferGen', 'kBufferCb'].map((name) => slotOf(socket, name))
  const handle = slots['_handle'] as Partial<Handle> | undefined
  if (!memory || !next || !taken || typeof handle?.useUserBuffer !== 'function') return false
  if (slots[memory] !== null || slots[next] !== null || slots[taken] !== null) return false
  const first = buffer()
  slots[memory] = first
  slots[next] = buffer
  slots[taken] = callback
  handle.useUserBuffer(first)
  return true
}

const slotOf = (socket: object, name: string): symbol | undefined =>
  Object.getOwnPropertySymbols(socket).find(({ description }) => description === name)
