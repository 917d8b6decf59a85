/**
 * The issuer: check proof → authenticate the token → sign the credential. Keeps nothing.
 *
 * @module
 */
import type { CryptoEngine, SignKey } from '@lunarx/core/crypto'
import { documentOfText, openDocument, textOfDocument } from '@lunarx/core/document'
import { ENROLMENT, type Enrolment, issueCredential, publicKeyOf } from '@lunarx/core/membership'
import { equalBytes, hasCode, LunarError, utf8 } from '@lunarx/core/model'
import type { Clock, Log } from '@lunarx/runtime'
import { RateLimit } from '@lunarx/runtime/tasks'
import type { z } from 'zod'
import { parse } from '../answering/dispatch.ts'
import { type JsonRequest, type JsonServer, serveJson } from '../https/json-server.ts'
import type { ListenAddress } from '../listen.ts'
import type { TlsCredentials } from '../tls/make-certificate.ts'
import type { Authenticate } from './authenticate.ts'
import { CREDENTIALS_PATH, credentialRequest, type credentialResponse, MAX_MESSAGE_BYTES } from './messages.ts'

const HOUR_MS = 3_600_000

export interface ServeIssuerInit {
  /** Port 0: any free one. */
  readonly listen: ListenAddress
  readonly tls: TlsCredentials
  /** The secret key of a network; undefined: not one of ours. */
  readonly networkKey: (network: string) => Promise<SignKey | undefined>
  readonly authenticate: Authenticate
  /** Of a credential. Milliseconds; default 24 hours. */
  readonly lifetimeMs?: number | undefined
}

export interface IssuerDeps {
  readonly clock: Clock
  readonly log: Log
  readonly crypto: CryptoEngine
}

/** Clocks of applicants may be off by so much. The proof is bound to the token, so that its age alone gives nobody anything. */
const MAX_SKEW_MS = 2 * HOUR_MS
/** Of one address. */
const REQUESTS_PER_MINUTE = 120

export async function serveIssuer(init: ServeIssuerInit, deps: IssuerDeps): Promise<JsonServer> {
  const rate = new RateLimit({ requests: REQUESTS_PER_MINUTE, windowMs: 60_000, maxKeys: 10_000 }, deps.clock)
  const handle = async (request: JsonRequest): Promise<z.infer<typeof credentialResponse>> => {
    rate.take(request.socket.remoteAddress ?? '')
    return { credential: await issue(parse(credentialRequest, request.body, 'request for a credential'), request.signal, init, deps) }
  }
  return await serveJson(
    { listen: init.listen, tls: init.tls, routes: [{ method: 'POST', path: CREDENTIALS_PATH, handle }], maxBodyBytes: MAX_MESSAGE_BYTES },
    deps,
  )
}

async function issue(
  { token, proof }: z.infer<typeof credentialRequest>,
  signal: AbortSignal,
  init: ServeIssuerInit,
  deps: IssuerDeps,
): Promise<string> {
  const { network, peer } = openProof(proof, token, deps)
  const key = await init.networkKey(network)
  if (!key) throw new LunarError('UNKNOWN_NETWORK', 'the issuer knows no such network', { detail: { network } })
  const member = await init.authenticate(token, { network, peer, signal })
  if ('refusal' in member) {
    deps.log.warn('enrolment refused', { network, peer, refusal: member.refusal })
    throw refused(member.refusal, { network, peer })
  }
  const issuedMs = deps.clock.now()
  const { role, name, domains } = member
  const credential = issueCredential(
    { network, peer, role, name, domains: { ...domains }, issuedMs, expiresMs: issuedMs + (init.lifetimeMs ?? 24 * HOUR_MS) },
    key,
  )
  deps.log.info('credential issued', { network, peer, role, name })
  return textOfDocument(credential)
}

/** @throws {LunarError} ENROLMENT_REFUSED, BAD_MESSAGE */
function openProof(proof: string, token: string, { clock, crypto }: IssuerDeps): Enrolment {
  const enrolment = opened(proof, crypto)
  const { network, peer, tokenHash, signedMs } = enrolment
  if (!equalBytes(tokenHash, crypto.sha256(utf8(token)))) throw refused('the proof was made for another token', { network, peer })
  const nowMs = clock.now()
  if (Math.abs(nowMs - signedMs) > MAX_SKEW_MS)
    throw refused('the proof is too old, or the clock of the peer is wrong', { network, peer, signedMs, nowMs })
  return enrolment
}

function opened(proof: string, crypto: CryptoEngine): Enrolment {
  try {
    return openDocument(ENROLMENT, documentOfText(proof), ({ peer }) => publicKeyOf(peer), crypto)
  } catch (cause) {
    if (!hasCode(cause, 'BAD_SIGNATURE')) throw cause
    throw new LunarError('ENROLMENT_REFUSED', 'the proof is not signed by the key of the peer', { cause })
  }
}

const refused = (reason: string, detail: Readonly<Record<string, unknown>>): LunarError =>
  new LunarError('ENROLMENT_REFUSED', reason, { detail })
