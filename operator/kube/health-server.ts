/**
 * What the kubelet and Prometheus ask the operator. Liveness never depends on the API server: a restart does not bring it back.
 *
 * @module
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface HealthSource {
  /** Why the process must be restarted; [] if it need not. */
  readonly failures: () => readonly string[]
  readonly isReady: () => boolean
  readonly contentType: string
  readonly metrics: () => Promise<string>
}

export interface HealthServer extends AsyncDisposable {
  readonly port: number
}

const REQUEST_MS = 10_000
const MAX_CONNECTIONS = 64

async function answerTo(path: string, source: HealthSource): Promise<readonly [status: number, text: string, type: string]> {
  const plain = 'text/plain; charset=utf-8'
  switch (path) {
    case '/livez': {
      const failures = source.failures()
      return failures.length === 0 ? [200, 'ok\n', plain] : [500, `${failures.join('\n')}\n`, plain]
    }
    case '/readyz':
      return source.isReady() ? [200, 'ok\n', plain] : [503, 'the first lists are not in yet\n', plain]
    case '/metrics':
      return [200, await source.metrics(), source.contentType]
    default:
      return [404, 'not found\n', plain]
  }
}

/** @param port 0: any free one */
export async function serveHealth(port: number, source: HealthSource): Promise<HealthServer> {
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS, maxHeaderSize: 8192 }, (request, response) => {
    answerTo(request.url?.split('?', 1)[0] ?? '', source).then(
      ([status, text, type]) => response.writeHead(status, { 'content-type': type }).end(text),
      () => response.writeHead(500).end(),
    )
  })
  server.maxConnections = MAX_CONNECTIONS
  await listen(server, port)
  return { port: (server.address() as AddressInfo).port, [Symbol.asyncDispose]: () => close(server) }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, () => {
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
