import { nodeCrypto } from '@lunarx/runtime/crypto'
import test from 'ava'
import { frameCipher, type FrameContext, TAG_BYTES } from './index.ts'

const key = new Uint8Array(32).fill(1)
const context: FrameContext = { suite: 'aes-256-gcm', segmentIndex: 3, plaintextBytes: 300 }
const cipher = frameCipher(key, context, nodeCrypto)
const plaintext = new Uint8Array(100).fill(9)

async function sealed(frame: number, isLast: boolean, by = cipher): Promise<Uint8Array> {
  const out = new Uint8Array(plaintext.length + TAG_BYTES)
  await by.seal(frame, isLast, plaintext, out)
  return out
}
const open = async (frame: number, isLast: boolean, bytes: Uint8Array, by = cipher) => {
  const out = new Uint8Array(plaintext.length)
  await by.open(frame, isLast, bytes, out)
  return out
}

test('a frame opens in its place only', async (t) => {
  t.deepEqual(await open(1, false, await sealed(1, false)), plaintext)
  t.deepEqual(await open(2, true, await sealed(2, true)), plaintext)
  await t.throwsAsync(async () => await open(2, false, await sealed(1, false)), { code: 'WRONG_KEY' }, 'moved')
  await t.throwsAsync(async () => await open(257, false, await sealed(1, false)), { code: 'WRONG_KEY' }, 'moved by a multiple of 256')
  await t.throwsAsync(async () => await open(1, true, await sealed(1, false)), { code: 'WRONG_KEY' }, 'cut off behind it')
  await t.throwsAsync(async () => await open(1, false, await sealed(1, true)), { code: 'WRONG_KEY' }, 'continued behind the last')
})

test('a frame opens in its segment, object and suite only', async (t) => {
  const others = [
    frameCipher(new Uint8Array(32).fill(2), context, nodeCrypto),
    frameCipher(key, { ...context, segmentIndex: 4 }, nodeCrypto),
    frameCipher(key, { ...context, plaintextBytes: 299 }, nodeCrypto),
  ]
  const frame = await sealed(0, false)
  for (const other of others) await t.throwsAsync(async () => await open(0, false, frame, other), { code: 'WRONG_KEY' })
})

test('no two frames share a nonce: the same text seals to different bytes', async (t) => {
  const frames = await Promise.all([
    sealed(0, false),
    sealed(1, false),
    sealed(256, false),
    sealed(65_536, false),
    sealed(0, true),
    sealed(1, true),
  ])
  t.is(new Set(frames.map((frame) => Buffer.from(frame).toString('hex'))).size, frames.length)
})
