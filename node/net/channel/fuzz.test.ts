/**
 * Frames that were damaged on purpose. `FUZZ=20000 ava node/net/channel/fuzz.test.ts` tries more of them, `SEED=7` others.
 *
 * @module
 */
import { type Duplex, duplexPair } from 'node:stream'
import { LunarError } from '@lunarx/core/model'
import { nodeCrypto, SimulatedClock } from '@lunarx/runtime'
import { exchange } from '@lunarx/wire'
import test from 'ava'
import fc from 'fast-check'
import { z } from 'zod'
import { credentialOf, log, membershipOf, newIdentity } from '../_network.test.ts'
import { Handlers } from '../answering/handlers.ts'
import { encodeHeader, FRAME } from '../frame/frame.ts'
import { decodeError, encodeHead } from '../frame/heads.ts'
import { NET_LIMITS } from '../limits.ts'
import { WithBody } from '../peers/peers.ts'
import { Membership } from '../session/membership.ts'
import { FrameSocket } from './frame-socket.ts'
import { Serving } from './serve.ts'

const numRuns = Number(process.env['FUZZ'] ?? 300)
const seed = Number(process.env['SEED'] ?? 1)
const message = z.object({ text: z.string().max(100) })
const bulk = exchange({ name: 'test-bulk', channel: 'data', askers: ['client'], question: message, answer: message })
const identity = newIdentity()
const credential = credentialOf(identity, 'client')

/** A connection that has been welcomed. */
function serving() {
  const [near, far] = duplexPair()
  const clock = new SimulatedClock()
  const handlers = new Handlers()
  const failures: unknown[] = []
  let handling = 0
  handlers.add(bulk, async ({ text }, { body }) => {
    handling++
    try {
      let bytes = 0
      if (text !== 'ignore') for await (const chunk of body) bytes += chunk.length
      return new WithBody({ text: String(bytes) }, [Uint8Array.of(1, 2, 3)] as never)
    } catch (error) {
      failures.push(error)
      throw error
    } finally {
      handling--
    }
  })
  const membership = new Membership(
    membershipOf(identity, () => credential),
    clock,
    nodeCrypto,
  )
  const session = { peer: identity.peer, credential: membership.credential }
  const one = new Serving(new FrameSocket(near, clock), session, { handlers, membership, log, count: () => undefined, clock })
  return { far, near, clock, failures, handling: () => handling, ended: one.run() }
}

const frame = (type: number, payload: Uint8Array = new Uint8Array(0)): Buffer =>
  Buffer.concat([encodeHeader(type as 1, payload.length), payload])

const question = (text: string, body: boolean): Buffer =>
  frame(FRAME.question, encodeHead({ exchange: 'test-bulk', question: { text }, body }))

const chunk = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => frame(FRAME.chunk, bytes))
const whole = fc.oneof(
  fc.constant(question('', false)),
  fc
    .record({ text: fc.constantFrom('', 'ignore'), chunks: fc.array(chunk, { maxLength: 4 }) })
    .map(({ text, chunks }) => Buffer.concat([question(text, true), ...chunks, frame(FRAME.end)])),
)
const wrong = fc.oneof(
  chunk,
  fc.constantFrom(question('', true), question('x'.repeat(101), false), frame(FRAME.end)),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => frame(FRAME.question, bytes)),
  fc.constantFrom(FRAME.hello, FRAME.answer, FRAME.error).map((type) => frame(type, encodeHead({ answer: 1 }))),
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
)
const story = fc.array(fc.oneof({ weight: 6, arbitrary: whole }, { weight: 1, arbitrary: wrong }), { minLength: 1, maxLength: 8 })
const damage = fc.array(
  fc.record({ at: fc.nat(), kind: fc.constantFrom('flip', 'cut', 'drop', 'twice'), value: fc.integer({ min: 1, max: 255 }) }),
  {
    maxLength: 3,
  },
)

function damaged(bytes: Buffer, wounds: readonly { at: number; kind: string; value: number }[]): Buffer {
  let out = bytes
  for (const { at: anywhere, kind, value } of wounds) {
    if (out.length === 0) break
    const at = anywhere % out.length
    if (kind === 'flip') {
      out = Buffer.from(out)
      out[at] = (out[at] ?? 0) ^ value
    } else if (kind === 'cut') out = out.subarray(0, at)
    else if (kind === 'drop') out = Buffer.concat([out.subarray(0, at), out.subarray(at + value)])
    else out = Buffer.concat([out.subarray(0, at + value), out.subarray(at)])
  }
  return out
}

async function write(far: Duplex, bytes: Buffer, pieceBytes: number): Promise<void> {
  for (let at = 0; at < bytes.length && far.writable; at += pieceBytes) {
    far.write(bytes.subarray(at, at + pieceBytes))
    await new Promise(setImmediate)
  }
}

test(`whatever is said, the answerer says frames, ends, and keeps nothing (SEED=${seed})`, async (t) => {
  let [answered, refused] = [0, 0]
  const property = fc.asyncProperty(story, damage, fc.integer({ min: 1, max: 5 }), fc.boolean(), async (frames, wounds, pieces, isCut) => {
    const { far, near, clock, failures, handling, ended } = serving()
    const said: Buffer[] = []
    far.on('error', () => undefined).on('data', (piece: Buffer) => said.push(piece))
    const bytes = damaged(Buffer.concat(frames), wounds)
    await write(far, bytes, Math.ceil(bytes.length / pieces) || 1)
    if (isCut) far.destroy()
    else far.end()
    // a handler, or a head that never came whole, may wait for its time limit
    for (let i = 0; i < 6; i++) {
      await new Promise(setImmediate)
      await clock.runFor(NET_LIMITS.bodyIdleMs + 1)
    }
    await ended
    if (!near.destroyed || handling() !== 0) return false
    if (failures.some((error) => !(error instanceof LunarError))) return false
    const all = Buffer.concat(said)
    for (let at = 0; at < all.length;) {
      const end = at + 5 + all.readUInt32BE(at + 1)
      if (end > all.length) return isCut
      if (all[at] === FRAME.answer) answered++
      if (all[at] === FRAME.error) refused += decodeError(all.subarray(at + 5, end)).code === 'BAD_MESSAGE' ? 1 : 0
      at = end
    }
    return true
  })
  await fc.assert(property, { numRuns, seed })
  t.log(`${numRuns} stories: ${answered} answers, ${refused} refusals`)
  t.true(answered > numRuns / 10 && refused > numRuns / 10)
})
