/**
 * Golden frames: `test/vectors/frames.json`. A change of the wire that nobody meant turns this red.
 *
 * @module
 */
import { readFileSync } from 'node:fs'
import { parseBytes } from '@lunarx/core/document'
import { bytesOfHex, hexOf } from '@lunarx/core/model'
import * as wire from '@lunarx/wire'
import type { Exchange } from '@lunarx/wire'
import test from 'ava'
import { z } from 'zod'
import { decodeHeader, encodeHeader, FRAME, type FrameType, HEADER_BYTES } from './frame.ts'
import { answerHead, encodeHead, helloHead, questionHead } from './heads.ts'

/** Byte strings in `head` are `{"hex": "…"}`. */
interface Vector {
  readonly name: string
  readonly type: keyof typeof FRAME
  readonly head?: unknown
  /** Of a CHUNK. */
  readonly bytes?: string
  /** The whole frame. */
  readonly frame: string
}

const vectors = JSON.parse(readFileSync(new URL('../../../test/vectors/frames.json', import.meta.url), 'utf8')) as Vector[]
const exchanges = new Map(Object.values<unknown>(wire).flatMap((one) => (isExchange(one) ? [[one.name, one] as const] : [])))

function isExchange(one: unknown): one is Exchange<unknown, unknown> {
  return typeof one === 'object' && one !== null && 'channel' in one && 'askers' in one
}

function withBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBytes)
  if (typeof value !== 'object' || value === null) return value
  if ('hex' in value && typeof value.hex === 'string') return bytesOfHex(value.hex)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withBytes(item)]))
}

const HEADS: Partial<Record<FrameType, z.ZodType>> = {
  [FRAME.hello]: helloHead,
  [FRAME.question]: questionHead,
  [FRAME.answer]: answerHead,
}

for (const { name, type, head: plainHead, bytes, frame } of vectors)
  test(`golden frame: ${name}`, (t) => {
    const head = withBytes(plainHead)
    const payload = plainHead === undefined ? bytesOfHex(bytes ?? '') : encodeHead(head)
    t.is(hexOf(encodeHeader(FRAME[type], payload.length)) + hexOf(payload), frame)
    const whole = bytesOfHex(frame)
    t.deepEqual(decodeHeader(whole.subarray(0, HEADER_BYTES)), { type: FRAME[type], length: whole.length - HEADER_BYTES })
    if (plainHead === undefined) return
    t.deepEqual(parseBytes(HEADS[FRAME[type]] ?? z.unknown(), whole.subarray(HEADER_BYTES)), head)
    const [exchange = '', side] = name.split(' ')
    const known = exchanges.get(exchange)
    if (!known) return
    const message = head as Record<string, unknown>
    t.deepEqual(
      side === 'question' ? known.question.parse(message['question']) : known.answer.parse(message['answer']),
      message[side ?? ''],
    )
  })

test('golden frames are of exchanges that exist, of every type', (t) => {
  t.deepEqual([...new Set<string>(vectors.map(({ type }) => type))].toSorted(), Object.keys(FRAME).toSorted())
  for (const { name } of vectors.filter(({ type }) => type === 'question' || type === 'answer'))
    t.true(exchanges.has(name.split(' ')[0] ?? ''), name)
})
