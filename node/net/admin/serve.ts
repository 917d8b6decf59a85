/**
 * Serves the admin API of a tracker: mutual TLS by peer certificates, a credential with each request, operator rights where the
 * table asks for them.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { documentOfText, textOfDocument } from '@lunarx/core/document'
import { LunarError } from '@lunarx/core/model'
import type { Clock, Log, Random } from '@lunarx/runtime'
import { ADMIN, CREDENTIAL_HEADER } from '@lunarx/wire'
import { parse } from '../answering/dispatch.ts'
import { type JsonRequest, type JsonRoute, type JsonServer, serveJson } from '../https/json-server.ts'
import type { ListenAddress } from '../listen.ts'
import type { Session } from '../peers/peers.ts'
import { Membership, type MembershipInit } from '../session/membership.ts'
import { provedPeer } from '../tls/dial.ts'
import { makePeerCertificate } from '../tls/peer-certificate.ts'
import { OPEN_API_PATH, openApi } from './open-api.ts'
import type { AdminName, AdminRoutes } from './routes.ts'

export interface ServeAdminInit extends MembershipInit {
  /** Port 0: any free one. */
  readonly listen: ListenAddress
  readonly routes: AdminRoutes
}

export interface AdminDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly crypto: CryptoEngine
}

/** An epoch of 10,000 members, as base64. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024

export async function serveAdmin(init: ServeAdminInit, deps: AdminDeps): Promise<JsonServer> {
  const membership = new Membership(init, deps.clock, deps.crypto)
  const names = Object.keys(ADMIN) as AdminName[]
  const described: JsonRoute = { method: 'GET', path: OPEN_API_PATH, handle: async () => openApi() }
  return await serveJson(
    {
      listen: init.listen,
      tls: makePeerCertificate(init.identity, deps.clock, deps.random),
      wantsCertificate: true,
      routes: [described, ...names.map((name) => routeOf(name, init.routes, membership, deps))],
      maxBodyBytes: MAX_REQUEST_BYTES,
      headers: () => ({ [CREDENTIAL_HEADER]: textOfDocument(membership.document, 'base64url') }),
    },
    deps,
  )
}

function routeOf(name: AdminName, routes: AdminRoutes, membership: Membership, deps: AdminDeps): JsonRoute {
  const { method, path, operator, request } = ADMIN[name]
  const answer = routes[name] as (body: unknown) => Promise<unknown>
  return {
    method,
    path,
    handle: async (asked) => {
      const { peer, credential } = sessionOf(asked, membership, deps)
      if (operator && credential.role !== 'operator')
        throw new LunarError('UNAUTHORIZED', 'this needs a credential of the role operator', { detail: { peer, role: credential.role } })
      const body = parse<unknown>(request, asked.body, `request ${name}`)
      if (operator) deps.log.info('admin request', { request: name, peer, caller: credential.name })
      return await answer(body)
    },
  }
}

/** @throws {LunarError} CREDENTIAL_REQUIRED, CREDENTIAL_EXPIRED */
function sessionOf({ headers, socket }: JsonRequest, membership: Membership, deps: AdminDeps): Session {
  const shown = headers[CREDENTIAL_HEADER]
  if (typeof shown !== 'string') throw new LunarError('CREDENTIAL_REQUIRED', `the request has no header ${CREDENTIAL_HEADER}`)
  try {
    return membership.judge(documentOfText(shown, 'base64url'), provedPeer(socket, deps))
  } catch (error) {
    if (!(error instanceof LunarError) || error.code.startsWith('CREDENTIAL_')) throw error
    throw new LunarError('CREDENTIAL_REQUIRED', error.message, { cause: error })
  }
}
