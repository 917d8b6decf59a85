/**
 * TLS certificates that prove a libp2p peer id (libp2p spec, tls.md): self-signed by a throw-away P-256 key, with an extension in
 * which the peer's Ed25519 key signs that key. Whoever completes the handshake holds the throw-away key, so it is the peer.
 *
 * Only Ed25519 peers exist here, so the extension has one possible encoding, compared byte by byte.
 *
 * @module
 */
import { X509Certificate } from 'node:crypto'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { type PeerId, peerIdOf } from '@lunarx/core/membership'
import { concatBytes, equalBytes, LunarError, utf8 } from '@lunarx/core/model'
import type { Clock, Random } from '@lunarx/runtime'
import type { Identity } from '../identity/identity.ts'
import { context, type Element, elements, oid, TAG } from './der.ts'
import { makeCertificate, type TlsCredentials } from './make-certificate.ts'

const EXTENSION_OID = '1.3.6.1.4.1.53594.1.1'
const SIGNED_TEXT = utf8('libp2p-tls-handshake:')
const DAY_MS = 24 * 3_600_000
/** Clocks of peers differ; the key is made anew at every start, so the validity is a formality. */
const VALID_BEFORE_MS = DAY_MS
const VALID_MS = 3_650 * DAY_MS

/** SEQUENCE(104) { OCTET STRING(36) { protobuf PublicKey { Ed25519, 32 bytes */
const PUBLIC_KEY_PREFIX = Uint8Array.of(0x30, 0x68, 0x04, 0x24, 0x08, 0x01, 0x12, 0x20)
/** } OCTET STRING(64) { */
const SIGNATURE_PREFIX = Uint8Array.of(0x04, 0x40)
const SIGNATURE_AT = PUBLIC_KEY_PREFIX.length + 32 + SIGNATURE_PREFIX.length

/** A certificate that proves this peer's id, good for the life of the process. */
export function makePeerCertificate(identity: Identity, clock: Clock, random: Random): TlsCredentials {
  const now = clock.now()
  return makeCertificate({
    serial: Uint8Array.of(1, ...random.bytes(15)),
    fromMs: now - VALID_BEFORE_MS,
    untilMs: now + VALID_MS,
    extensions: (spki) => {
      const signature = identity.signKey.sign(concatBytes(SIGNED_TEXT, spki))
      return [
        {
          oid: EXTENSION_OID,
          isCritical: true,
          value: concatBytes(PUBLIC_KEY_PREFIX, identity.signKey.publicKey, SIGNATURE_PREFIX, signature),
        },
      ]
    },
  })
}

const refuse = (message: string, cause?: unknown): LunarError => new LunarError('WRONG_PEER', message, cause === undefined ? {} : { cause })

/**
 * The peer whose key signed the key of this certificate. That the other end holds the certificate's key is the handshake's business.
 * @param der the certificate that the other end presented
 * @throws {LunarError} WRONG_PEER: not such a certificate; CREDENTIAL_EXPIRED: not valid now, by this clock
 */
export function peerOfCertificate(der: Uint8Array, clock: Clock, crypto: CryptoEngine): PeerId {
  const { fromMs, untilMs, isSelfSigned, spki, proof } = parse(der)
  if (!isSelfSigned) throw refuse('the certificate of the peer is not signed by its own key')
  if (!proof) throw refuse('the certificate proves no peer id')
  const peer = peerIdOf(signerOf(proof, spki, crypto))
  const now = clock.now()
  if (!(fromMs <= now && now < untilMs)) throw new LunarError('CREDENTIAL_EXPIRED', 'the certificate of the peer is not valid now')
  return peer
}

interface Parsed {
  readonly fromMs: number
  readonly untilMs: number
  readonly isSelfSigned: boolean
  readonly spki: Uint8Array
  readonly proof: Uint8Array | undefined
}

function parse(der: Uint8Array): Parsed {
  try {
    const certificate = new X509Certificate(der)
    const { publicKey } = certificate
    return {
      fromMs: certificate.validFromDate.getTime(),
      untilMs: certificate.validToDate.getTime(),
      isSelfSigned: certificate.verify(publicKey),
      spki: publicKey.export({ type: 'spki', format: 'der' }),
      proof: extensionOf(der),
    }
  } catch (cause) {
    throw refuse('the certificate of the peer is malformed', cause)
  }
}

const inside = (parent: Element | undefined): Element[] => (parent ? elements(parent.content) : [])
const wantedOid = oid(EXTENSION_OID)

/** Certificate → tbsCertificate → [3] → Extensions → extnValue of ours. */
function extensionOf(der: Uint8Array): Uint8Array | undefined {
  const [certificate] = elements(der)
  const [tbs] = inside(certificate)
  const [list] = inside(inside(tbs).find(({ tag }) => tag === context(3)))
  for (const extension of inside(list)) {
    const parts = inside(extension)
    if (parts[0] && equalBytes(parts[0].whole, wantedOid)) return parts.find(({ tag }) => tag === TAG.octetString)?.content
  }
  return undefined
}

function signerOf(proof: Uint8Array, spki: Uint8Array, crypto: CryptoEngine): Uint8Array {
  const publicKey = proof.slice(PUBLIC_KEY_PREFIX.length, PUBLIC_KEY_PREFIX.length + 32)
  const signature = proof.slice(SIGNATURE_AT)
  if (signature.length !== 64 || !equalBytes(proof, concatBytes(PUBLIC_KEY_PREFIX, publicKey, SIGNATURE_PREFIX, signature)))
    throw refuse('the certificate carries no proof by an Ed25519 key')
  if (!crypto.verify(publicKey, concatBytes(SIGNED_TEXT, spki), signature)) throw refuse('the proof of the peer id does not verify')
  return publicKey
}
