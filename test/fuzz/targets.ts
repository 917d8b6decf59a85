/**
 * Every decoder that reads what others sent or stored.
 *
 * @module
 */
import {
  beaconProofSchema,
  BEACON_CLOSING,
  BEACON_COMMITMENT,
  BEACON_DEAL,
  BEACON_HOLD,
  BEACON_OPENING,
  BEACON_REVEAL,
  BEACON_SET,
  BEACON_SHARE,
  LEAF_ANSWER,
  LEAF_CHALLENGE,
  LEAF_ORDER,
  ROW_ANSWER,
  ROW_CHALLENGE,
  ROW_DRAW,
  ROW_ROOT,
  SLOT_KEYS,
  SWEEP_ANSWER,
  SWEEP_CHALLENGE,
  TICKET,
  TICKET_OPENING,
  ticketConvictionSchema,
  VERDICT,
} from '@lunarx/core/audit'
import {
  documentOfText,
  encodeBytes,
  GRANT,
  KEEP,
  LEAVES_ONLY,
  LISTING,
  openDocument,
  OWNER_LEASE,
  parseBytes,
  READ_REQUEST,
  RECEIPT,
  RESERVATION,
  SEGMENT_RECORD,
  signDocument,
  signedDocument,
  textOfDocument,
  TOMBSTONE,
  type DocumentKind,
} from '@lunarx/core/document'
import { EPOCH } from '@lunarx/core/epoch'
import { SHARED_OBJECT } from '@lunarx/core/keys'
import { CREDENTIAL, ENROLMENT } from '@lunarx/core/membership'
import { formatAddress, parseAddress } from '@lunarx/core/merkle'
import { utf8, type ErrorCode } from '@lunarx/core/model'
import { ROW_COMMIT } from '@lunarx/core/row'
import { identityOf } from '@lunarx/net/identity'
import { makePeerCertificate, peerOfCertificate } from '@lunarx/net/tls'
import { SimulatedClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { SeededRandom } from '@lunarx/runtime/random'
import * as wire from '@lunarx/wire'
import { X509Certificate } from 'node:crypto'
import type { z } from 'zod'
import { decodeHeader, encodeHeader, HEADER_BYTES, type FrameHeader } from '../../node/net/frame/frame.ts'
import { answerHead, decodeError, helloHead, questionHead } from '../../node/net/frame/heads.ts'
import { decodeManifest, decodeNode, encodeManifest, encodeNode, manifestSchema, nodeSchema } from '../../node/client/manifest/manifest.ts'
import { sample, type Draw } from './sample.ts'
import type { Target } from './target.ts'

const BAD: readonly ErrorCode[] = ['BAD_MESSAGE']
const key = crypto.signKey(crypto.sha256(utf8('fuzz')))

/** CBOR of a schema. */
const message = (name: string, schema: z.ZodType): Target => ({
  name,
  seed: (draw) => encodeBytes(sample(schema, draw)),
  refusals: BAD,
  decode: (bytes) => parseBytes(schema, bytes),
  encode: (value: unknown) => encodeBytes(value),
})

/** A signed document: whatever verifies has the body that was signed. */
function signed(kind: DocumentKind<unknown>): Target {
  const bodies = new Set<string>()
  return {
    name: `signed ${kind.kind}`,
    seed(draw) {
      const document = signDocument(kind, sample(kind.schema, draw), key)
      bodies.add(Buffer.from(document.body).toString('hex'))
      return encodeBytes(document)
    },
    refusals: ['BAD_MESSAGE', 'BAD_SIGNATURE'],
    decode(bytes) {
      const document = documentOfText(textOfDocument(parseBytes(signedDocument, bytes)))
      const value = openDocument(kind, document, () => key.publicKey, crypto)
      if (!bodies.has(Buffer.from(document.body).toString('hex'))) throw new Error('a body verifies that was never signed')
      return value
    },
  }
}

const isExchange = (one: unknown): one is wire.Exchange<unknown, unknown> =>
  typeof one === 'object' && one !== null && 'question' in one && 'answer' in one
const exchanges = Object.values<unknown>(wire).filter(isExchange)
const kinds = [
  SEGMENT_RECORD,
  TOMBSTONE,
  RESERVATION,
  RECEIPT,
  GRANT,
  KEEP,
  LEAVES_ONLY,
  LISTING,
  OWNER_LEASE,
  READ_REQUEST,
  CREDENTIAL,
  ENROLMENT,
  EPOCH,
  LEAF_CHALLENGE,
  LEAF_ANSWER,
  LEAF_ORDER,
  SWEEP_CHALLENGE,
  SWEEP_ANSWER,
  SLOT_KEYS,
  VERDICT,
  TICKET,
  TICKET_OPENING,
  BEACON_DEAL,
  BEACON_SHARE,
  BEACON_HOLD,
  BEACON_SET,
  BEACON_OPENING,
  BEACON_COMMITMENT,
  BEACON_REVEAL,
  BEACON_CLOSING,
  ROW_COMMIT,
  ROW_DRAW,
  ROW_ROOT,
  ROW_CHALLENGE,
  ROW_ANSWER,
  SHARED_OBJECT,
] as unknown as DocumentKind<unknown>[]
const clock = new SimulatedClock()

const frames: Target = {
  name: 'frame headers',
  seed: (draw) => encodeHeader((1 + Math.floor(draw() * 3)) as 1, Math.floor(draw() * 1000)),
  refusals: BAD,
  decode: (bytes) => decodeHeader(bytes.subarray(0, HEADER_BYTES)),
  encode: ({ type, length }: FrameHeader) => encodeHeader(type, length),
}

const certificate: Target = {
  name: 'peer certificate',
  seed(draw) {
    const random = new SeededRandom(Math.floor(draw() * 2 ** 31))
    return new X509Certificate(makePeerCertificate(identityOf(random.bytes(32), crypto), clock, random).cert).raw
  },
  refusals: ['WRONG_PEER'],
  decode: (bytes) => peerOfCertificate(bytes, clock, crypto),
}

const addressText: Target = {
  name: 'address as text',
  seed: (draw) => utf8(formatAddress(Uint8Array.from({ length: 32 }, () => Math.floor(draw() * 256)))),
  refusals: BAD,
  decode: (bytes) => parseAddress(Buffer.from(bytes).toString('latin1')),
  encode: (address: Uint8Array) => utf8(formatAddress(address)),
}

const errorHead: Target = {
  name: 'head of an error',
  seed: (draw: Draw) => encodeBytes({ code: draw() < 0.5 ? 'FULL' : 'NEWER', message: 'no', detail: { a: 1, b: ['x'] } }),
  refusals: BAD,
  decode: (bytes) => decodeError(bytes).code,
}

export const TARGETS: readonly Target[] = [
  frames,
  message('head of a hello', helloHead),
  message('head of a question', questionHead),
  message('head of an answer', answerHead),
  errorHead,
  ...exchanges.flatMap(({ name, question, answer }) => [message(`question of ${name}`, question), message(`answer of ${name}`, answer)]),
  ...kinds.flatMap((kind) => [message(`body of ${kind.kind}`, kind.schema), signed(kind)]),
  message('proof of a round of the beacon', beaconProofSchema),
  message('conviction of a ticket', ticketConvictionSchema),
  { ...message('manifest', manifestSchema), decode: decodeManifest, encode: encodeManifest },
  { ...message('manifest node', nodeSchema), decode: decodeNode, encode: encodeNode },
  certificate,
  addressText,
]
