/**
 * Gets a credential from an issuer: token and proof there, signed credential back, verified before it is used.
 *
 * @module
 */
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import type { CryptoEngine } from '@lunarx/core/crypto'
import { documentOfText, signDocument, textOfDocument } from '@lunarx/core/document'
import { ENROLMENT, type NetworkConfig, type SignedCredential } from '@lunarx/core/membership'
import { LunarError, utf8 } from '@lunarx/core/model'
import { type Clock, deadline } from '@lunarx/runtime'
import { abortError } from '../abort.ts'
import { parse } from '../answering/dispatch.ts'
import { requestJson } from '../https/json-request.ts'
import type { Identity } from '../identity/identity.ts'
import { NET_LIMITS } from '../limits.ts'
import { Membership } from '../session/membership.ts'
import { reasonOf, secured } from '../tls/secured.ts'
import { CREDENTIALS_PATH, credentialResponse, MAX_MESSAGE_BYTES } from './messages.ts'

export interface EnrolInit extends Pick<NetworkConfig, 'network' | 'networkKey'> {
  /** Of the issuer, e.g. `https://lunarx-issuer.lunarx-system.svc:8443`. */
  readonly url: string
  /** PEM of the authority that signed the issuer's certificate. */
  readonly ca: string
  /** Name that the certificate is for; unset: the host of `url`. */
  readonly certificateName?: string | undefined
  /** Asked anew each time: projected tokens are replaced every hour or so. */
  readonly token: () => Promise<string>
  readonly identity: Identity
}

export interface EnrolDeps {
  readonly clock: Clock
  readonly crypto: CryptoEngine
}

const TIMEOUT_MS = 15_000
const MAX_TOKEN_BYTES = 16_384

/** @throws {LunarError} ENROLMENT_REFUSED, UNKNOWN_NETWORK, PEER_UNREACHABLE, TIMEOUT, CREDENTIAL_REQUIRED (an issuer of another network key), BAD_CONFIG */
export async function enrol(init: EnrolInit, deps: EnrolDeps, outer?: AbortSignal): Promise<SignedCredential> {
  const { network, networkKey, identity } = init
  const token = await init.token()
  const proof = signDocument(
    ENROLMENT,
    { network, peer: identity.peer, tokenHash: deps.crypto.sha256(utf8(token)), signedMs: deps.clock.now() },
    identity.signKey,
  )
  using limit = deadline(deps.clock, TIMEOUT_MS, outer)
  try {
    const url = new URL(init.url)
    const socket = await dialIssuer(url, init, limit.signal)
    const path = `${url.pathname.replace(/\/$/, '')}${CREDENTIALS_PATH}`
    const question = {
      host: url.host,
      method: 'POST',
      path,
      body: { token, proof: textOfDocument(proof) },
      maxAnswerBytes: MAX_MESSAGE_BYTES,
    }
    const { body } = await requestJson(socket, question, limit.signal)
    const credential = documentOfText(parse(credentialResponse, body, 'answer of the issuer').credential)
    new Membership({ identity, network, networkKey, credential: () => credential }, deps.clock, deps.crypto).judge(
      credential,
      identity.peer,
    )
    return credential
  } catch (error) {
    throw limit.signal.aborted ? abortError(limit.signal) : error
  }
}

/** A token in a file, read again each time. @throws {LunarError} BAD_CONFIG */
export function tokenFromFile(path: string): () => Promise<string> {
  return async () => {
    let token: string
    try {
      token = (await readFile(path, 'utf8')).trim()
    } catch (cause) {
      throw new LunarError('BAD_CONFIG', 'the token file cannot be read', { cause, detail: { path } })
    }
    if (token === '' || token.length > MAX_TOKEN_BYTES)
      throw new LunarError('BAD_CONFIG', 'the token file is empty or too long', { detail: { path } })
    return token
  }
}

async function dialIssuer(
  url: URL,
  { ca, certificateName }: Pick<EnrolInit, 'ca' | 'certificateName'>,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (url.protocol !== 'https:') throw new LunarError('BAD_CONFIG', 'the issuer is reached by https only', { detail: { url: url.href } })
  const socket = connect({
    host,
    port: Number(url.port || 443),
    ca,
    minVersion: 'TLSv1.3',
    ALPNProtocols: ['http/1.1'],
    // also what the certificate is checked for
    servername: certificateName ?? (isIP(host) ? '' : host),
    timeout: NET_LIMITS.headMs,
  })
  try {
    await secured(socket, signal)
    return socket
  } catch (error) {
    socket.destroy()
    signal.throwIfAborted()
    throw new LunarError('PEER_UNREACHABLE', 'no connection to the issuer', {
      cause: error,
      detail: { url: url.href, reason: reasonOf(error) },
    })
  }
}
