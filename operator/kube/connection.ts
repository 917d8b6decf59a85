/**
 * HTTPS to the API server, raw: bytes in, bytes out, with limits. Who we are and where the server is comes from
 * `@kubernetes/client-node` (in a pod the service account, else KUBECONFIG); nothing else of it is used.
 *
 * @module
 */
import { KubeConfig } from '@kubernetes/client-node/dist/config.js'
import { LunarError } from '@lunarx/core/model'
import { type IncomingMessage, type OutgoingHttpHeaders, request as httpRequest } from 'node:http'
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import { text } from 'node:stream/consumers'
import type { KubeMetrics } from './metrics.ts'

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Path and query. */
  readonly path: string
  readonly body?: string
  readonly contentType?: string
  /** Default: JSON of the API. */
  readonly accept?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export interface Reply {
  readonly status: number
  readonly body: string
}

/** For the whole of a request that is not a watch. */
const REQUEST_MS = 30_000

export class Connection implements Disposable {
  readonly #config: KubeConfig
  readonly #server: URL
  readonly #metrics: KubeMetrics
  #agent: Agent | undefined
  #identity = ''

  /**
   * @param context unset: the current one of the kubeconfig
   * @throws {LunarError} BAD_CONFIG: there is no kubeconfig, it cannot be read, or it names no cluster
   */
  constructor(metrics: KubeMetrics, kubeconfig?: string, context?: string) {
    this.#metrics = metrics
    this.#config = new KubeConfig()
    try {
      if (kubeconfig === undefined) this.#config.loadFromDefault()
      else this.#config.loadFromFile(kubeconfig)
    } catch (cause) {
      throw new LunarError('BAD_CONFIG', `the kubeconfig cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      })
    }
    if (context !== undefined) this.#config.setCurrentContext(context)
    const cluster = this.#config.getCurrentCluster()
    if (!cluster)
      throw new LunarError('BAD_CONFIG', `the kubeconfig names no cluster${context === undefined ? '' : ` for context ${context}`}`)
    if (!URL.canParse(cluster.server))
      throw new LunarError('BAD_CONFIG', `the kubeconfig has no URL for its cluster: ${JSON.stringify(cluster.server)}`)
    this.#server = new URL(cluster.server)
  }

  /** Of the context. */
  get namespace(): string {
    return this.#config.getContextObject(this.#config.getCurrentContext())?.namespace ?? 'default'
  }

  /** @throws {LunarError} CLUSTER_UNREACHABLE, TIMEOUT, ABORTED */
  async send(call: Call): Promise<Reply> {
    const limit = AbortSignal.timeout(REQUEST_MS)
    const signal = call.signal === undefined ? limit : AbortSignal.any([limit, call.signal])
    try {
      const response = await this.#open(call, signal)
      return { status: response.statusCode ?? 0, body: await text(response) }
    } catch (cause) {
      throw failureOf(cause, call, this.#server, limit)
    }
  }

  /**
   * Opens an answer without an end. It is cut when nothing comes for `idleMs`.
   * @throws {LunarError} CLUSTER_UNREACHABLE, ABORTED
   */
  async stream(call: Call, idleMs: number): Promise<IncomingMessage> {
    try {
      const response = await this.#open(call, call.signal)
      response.setTimeout(idleMs, () =>
        response.destroy(new LunarError('TIMEOUT', 'the watch is silent', { detail: { idleMs, path: call.path } })),
      )
      return response
    } catch (cause) {
      throw failureOf(cause, call, this.#server)
    }
  }

  [Symbol.dispose](): void {
    this.#agent?.destroy()
  }

  async #open(call: Call, signal: AbortSignal | undefined): Promise<IncomingMessage> {
    const options = await this.#options(call, signal)
    const send = this.#server.protocol === 'http:' ? httpRequest : httpsRequest
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = send(options, (answer) => {
        request.setTimeout(0)
        resolve(answer)
      })
      request.on('error', reject)
      request.setTimeout(REQUEST_MS, () => request.destroy(new LunarError('TIMEOUT', 'the API server does not answer')))
      request.end(call.body)
    }).catch((error: unknown) => {
      this.#metrics.requests.inc({ code: '<error>', method: call.method, host: this.#server.host })
      throw error
    })
    this.#metrics.requests.inc({ code: String(response.statusCode), method: call.method, host: this.#server.host })
    return response
  }

  async #options(call: Call, signal: AbortSignal | undefined): Promise<RequestOptions> {
    // The configuration re-reads a service-account token once a minute.
    const identity: RequestOptions = { headers: {} }
    await this.#config.applyToHTTPSOptions(identity)
    const prefix = this.#server.pathname.replace(/\/$/, '')
    return {
      host: this.#server.hostname.replace(/^\[|\]$/g, ''),
      port: this.#server.port || (this.#server.protocol === 'http:' ? 80 : 443),
      path: `${prefix}${call.path}`,
      method: call.method,
      ...(identity.auth === undefined ? {} : { auth: identity.auth }),
      headers: {
        ...(identity.headers as OutgoingHttpHeaders),
        accept: call.accept ?? 'application/json',
        'user-agent': 'lunarx-operator',
        ...(call.body === undefined
          ? {}
          : { 'content-type': call.contentType ?? 'application/json', 'content-length': Buffer.byteLength(call.body) }),
      },
      ...(signal === undefined ? {} : { signal }),
      ...(this.#server.protocol === 'http:' ? {} : { agent: this.#agentOf(identity) }),
    }
  }

  /** Kept connections; a new pool when certificates were renewed. A proxy brings its own. */
  #agentOf(identity: RequestOptions): Agent {
    if (this.#config.getCurrentCluster()?.proxyUrl !== undefined) return identity.agent as Agent
    const { ca, cert, key, rejectUnauthorized, servername } = identity
    const fingerprint = [ca, cert, key].map(String).join('\n')
    if (this.#agent === undefined || fingerprint !== this.#identity) {
      this.#identity = fingerprint
      this.#agent = new Agent({
        keepAlive: true,
        maxFreeSockets: 16,
        ca,
        cert,
        key,
        ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
        ...(servername === undefined ? {} : { servername }),
      })
    }
    return this.#agent
  }
}

function failureOf(cause: unknown, { method, path, signal }: Call, { host }: URL, limit?: AbortSignal): LunarError {
  if (cause instanceof LunarError) return cause
  const detail = { request: `${method} ${path}` }
  if (signal?.aborted) return new LunarError('ABORTED', 'the request was aborted', { cause, detail })
  if (limit?.aborted) return new LunarError('TIMEOUT', 'the API server took too long', { cause, detail })
  return new LunarError('CLUSTER_UNREACHABLE', `the API server cannot be reached at ${host}`, { cause, detail })
}
