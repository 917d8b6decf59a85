/**
 * What kubelet and Prometheus ask a pod: `/livez` (the process answers), `/readyz` (its role can serve), `/metrics`.
 *
 * Plain HTTP without secrets. Liveness never depends on other peers: restarting a pod does not mend a network.
 *
 * @module
 */
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { PrometheusMetrics } from '../metrics/prometheus.ts'

export interface HealthOptions {
  /** 0: any free one. */
  readonly port: number
  /** Default: all interfaces. */
  readonly host?: string
  /** What must hold for the pod to be ready, by name. */
  readonly ready: Readonly<Record<string, () => boolean>>
  readonly metrics: Pick<PrometheusMetrics, 'contentType' | 'text'>
}

export interface Health extends AsyncDisposable {
  readonly port: number
}

const MAX_CONNECTIONS = 64
const REQUEST_MS = 10_000

export async function serveHealth(options: HealthOptions): Promise<Health> {
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, maxHeaderSize: 8192 }, (request, response) => {
    void answer(request.method ?? '', request.url ?? '', response, options)
  })
  server.maxConnections = MAX_CONNECTIONS
  await listen(server, options)
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => close(server),
  }
}

async function answer(method: string, url: string, response: ServerResponse, { ready, metrics }: HealthOptions): Promise<void> {
  const say = (status: number, text: string, type = 'text/plain; charset=utf-8'): void => {
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(method === 'HEAD' ? undefined : text)
  }
  if (method !== 'GET' && method !== 'HEAD') return say(405, 'method not allowed\n')
  switch (url.split('?', 1)[0]) {
    case '/livez':
      return say(200, 'ok\n')
    case '/readyz': {
      const missing = Object.keys(ready).filter((name) => !ready[name]?.())
      return missing.length === 0 ? say(200, 'ok\n') : say(503, `waiting for ${missing.join(', ')}\n`)
    }
    case '/metrics':
      return metrics.text().then(
        (text) => say(200, text, metrics.contentType),
        () => say(500, 'metrics failed\n'),
      )
    default:
      return say(404, 'not found\n')
  }
}

function listen(server: Server, { port, host }: HealthOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.removeListener('error', reject)
      resolve()
    })
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
