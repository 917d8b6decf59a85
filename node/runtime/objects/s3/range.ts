/**
 * The answer to a ranged read, taken at its word only as far as it keeps it.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http'
import { LunarError } from '@lunarx/core/model'

/** Header of a request. `length` is at least 1. */
export const rangeHeader = (position: number, length: number): string => `bytes=${position}-${position + length - 1}`

/** Bytes of the whole object, from `Content-Range`. */
export function totalOf(answer: IncomingMessage): number | undefined {
  const total = /^bytes (?:\d+-\d+|\*)\/(\d+)$/.exec(answer.headers['content-range'] ?? '')?.[1]
  return total === undefined ? undefined : Number(total)
}

/**
 * Fills `into` with the body.
 * @returns bytes of it: fewer only at the end of the object
 * @throws {LunarError} STORE_FAILED: another range, or a shorter body, than the answer announced
 */
export async function fill(answer: IncomingMessage, into: Uint8Array, position: number): Promise<number> {
  const promised = promisedBytes(answer, into.length, position)
  if (promised === undefined) {
    answer.destroy()
    throw new LunarError('STORE_FAILED', 'the backend answered with another range than it was asked for', {
      detail: { operation: 'read', status: answer.statusCode },
      retryable: false,
    })
  }
  const filled = await bodyInto(answer, into.subarray(0, promised))
  if (filled !== promised)
    throw new LunarError('STORE_FAILED', 'the answer of the backend is not as long as it says', {
      detail: { operation: 'read', promised, filled },
    })
  return filled
}

/**
 * By events: iterating over the body costs a fifth more.
 * @returns bytes that came, more than there is room for if there were
 */
async function bodyInto(answer: IncomingMessage, into: Uint8Array): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  let came = 0
  answer.on('data', (chunk: Uint8Array) => {
    if (came + chunk.length <= into.length) into.set(chunk, came)
    came += chunk.length
  })
  answer.on('error', reject)
  answer.on('close', () => resolve(came))
  return await promise
}

function promisedBytes(answer: IncomingMessage, wanted: number, position: number): number | undefined {
  if (answer.statusCode === 200) return answer.headers['content-length'] === '0' ? 0 : undefined // some do so for an empty object
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.headers['content-range'] ?? '') ?? []
  const end = Math.min(position + wanted, Number(total))
  return Number(first) === position && Number(last) + 1 === end ? end - position : undefined
}
