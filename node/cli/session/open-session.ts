/**
 * What client commands run on: a session of the SDK, with flags before the environment.
 *
 * @module
 */
import type { Client } from '@lunarx/client'
import { openOver, openSession as openOf, readOwnerSecret, type Session } from '@lunarx/client/connect'
import { given } from '../config/given.ts'
import type { Io } from '../io.ts'

export type { Session } from '@lunarx/client/connect'

/** Options of every client command. */
export interface SessionOptions {
  readonly config?: string | undefined
  readonly ownerFile?: string | undefined
  readonly tokenFile?: string | undefined
  readonly stateDir?: string | undefined
}

/** @throws {LunarError} BAD_CONFIG, ENROLMENT_REFUSED, PEER_UNREACHABLE, STORE_FAILED */
export async function openSession({ config, tokenFile, stateDir }: SessionOptions, { env, signal, isTraced }: Io): Promise<Session> {
  return await openOf({ config: given('LUNARX_CONFIG', '--config', config, env), tokenFile, stateDir, signal, tracing: isTraced }, env)
}

/** A client over the network, closed when `work` is done. */
export async function withClient<T>(options: SessionOptions, io: Io, work: (client: Client, session: Session) => Promise<T>): Promise<T> {
  const ownerSecret = await readOwnerSecret(given('LUNARX_OWNER_FILE', '--owner-file', options.ownerFile, io.env))
  const session = await openSession(options, io)
  await using client = await openOver(session, ownerSecret)
  return await work(client, session)
}
