/**
 * Asks the admin API of a tracker: typed calls from the ADMIN table, one connection each (a handshake costs little, and callers ask
 * every few seconds at most).
 *
 * @module
 */
import { documentOfText, textOfDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { LunarError } from '@lunarx/core/model'
import { deadline } from '@lunarx/runtime'
import { ADMIN, CREDENTIAL_HEADER } from '@lunarx/wire'
import { abortError } from '../abort.ts'
import { parse } from '../answering/dispatch.ts'
import { type JsonAnswer, requestJson } from '../https/json-request.ts'
import { Membership, type MembershipInit } from '../session/membership.ts'
import { type DialTarget, dialTls } from '../tls/dial.ts'
import type { TlsCredentials } from '../tls/make-certificate.ts'
import { makePeerCertificate } from '../tls/peer-certificate.ts'
import type { AdminClient, AdminName, AdminRequest, AdminResponse } from './routes.ts'
import type { AdminDeps } from './serve.ts'

export interface AdminClientInit extends MembershipInit {
  readonly address: {
    readonly host: string
    readonly port: number
    /** Must be proved; undefined: any tracker of the network. */
    readonly peer?: PeerId | undefined
  }
  /** For one call, connecting included. Default 10 s. */
  readonly timeoutMs?: number
}

export type AdminClientDeps = Omit<AdminDeps, 'log'>

const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** Connects when asked something; holds nothing that would have to be disposed of. */
export function adminClient(init: AdminClientInit, deps: AdminClientDeps): AdminClient {
  const calls = new Calls(init, deps)
  const callOf =
    <K extends AdminName>(name: K) =>
    (request: AdminRequest<K>, options: { readonly signal?: AbortSignal | undefined } = {}) =>
      calls.ask(name, request, options.signal)
  return {
    status: callOf('status'),
    declareLost: callOf('declareLost'),
    drain: callOf('drain'),
    undrain: callOf('undrain'),
    retire: callOf('retire'),
    maintenance: callOf('maintenance'),
    orderAudit: callOf('orderAudit'),
    listTranscripts: callOf('listTranscripts'),
    readTranscript: callOf('readTranscript'),
    readBeacon: callOf('readBeacon'),
    readEpoch: callOf('readEpoch'),
    announceEpoch: callOf('announceEpoch'),
  }
}

class Calls {
  readonly #init: AdminClientInit
  readonly #deps: AdminClientDeps
  readonly #membership: Membership
  readonly #certificate: TlsCredentials

  constructor(init: AdminClientInit, deps: AdminClientDeps) {
    this.#init = init
    this.#deps = deps
    this.#membership = new Membership(init, deps.clock, deps.crypto)
    this.#certificate = makePeerCertificate(init.identity, deps.clock, deps.random)
  }

  /** @throws {LunarError} what the tracker answers; PEER_UNREACHABLE, WRONG_PEER, CREDENTIAL_REQUIRED, TIMEOUT, INTERRUPTED, BAD_MESSAGE, ABORTED */
  async ask<K extends AdminName>(name: K, request: AdminRequest<K>, outer: AbortSignal | undefined): Promise<AdminResponse<K>> {
    const { method, path, response } = ADMIN[name]
    using limit = deadline(this.#deps.clock, this.#init.timeoutMs ?? 10_000, outer)
    try {
      const answer = await this.#request(method, path, method === 'GET' ? undefined : request, limit.signal)
      return parse<unknown>(response, answer.body, `answer of ${path}`) as AdminResponse<K>
    } catch (error) {
      throw limit.signal.aborted ? abortError(limit.signal) : error
    }
  }

  async #request(method: string, path: string, body: unknown, signal: AbortSignal): Promise<JsonAnswer> {
    const { address } = this.#init
    const target: DialTarget = { ...address, protocol: 'http/1.1' }
    const { socket, peer } = await dialTls(target, { ...this.#deps, certificate: this.#certificate }, signal)
    const headers = { [CREDENTIAL_HEADER]: textOfDocument(this.#membership.document, 'base64url') }
    const answer = await requestJson(socket, { host: address.host, method, path, headers, body, maxAnswerBytes: MAX_ANSWER_BYTES }, signal)
    this.#checkTracker(answer, peer)
    return answer
  }

  /** An answer counts only from a tracker of the network. */
  #checkTracker({ headers }: JsonAnswer, peer: PeerId): void {
    const shown = headers[CREDENTIAL_HEADER]
    if (typeof shown !== 'string') throw new LunarError('CREDENTIAL_REQUIRED', 'the server showed no credential', { detail: { peer } })
    const { role } = this.#membership.judge(documentOfText(shown, 'base64url'), peer).credential
    if (role !== 'tracker') throw new LunarError('CREDENTIAL_REQUIRED', 'the server is no tracker', { detail: { peer, role } })
  }
}
