/**
 * What client commands run on: the network's configuration, this machine's platform, an identity and a credential of the network.
 * The composition root of the command line.
 *
 * @module
 */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { openClient, type Client } from '@lunarx/client'
import type { NetworkConfig, SignedCredential } from '@lunarx/core/membership'
import { LunarError } from '@lunarx/core/model'
import { openPeers } from '@lunarx/net'
import { loadOrMakeIdentity, type Identity } from '@lunarx/net/identity'
import { LOG_LEVELS, type LogLevel } from '@lunarx/runtime/log'
import { systemPlatform, type SystemPlatform } from '@lunarx/runtime/platform'
import { given } from '../config/given.ts'
import { readNetworkConfig } from '../config/read-config.ts'
import type { Io } from '../io.ts'
import { clientCredential } from './client-credential.ts'
import { readOwnerSecret } from './owner-secret.ts'

/** Options of every client command. */
export interface SessionOptions {
  readonly config?: string | undefined
  readonly ownerFile?: string | undefined
  readonly tokenFile?: string | undefined
  readonly stateDir?: string | undefined
}

export interface Session {
  readonly network: NetworkConfig
  readonly platform: SystemPlatform
  readonly identity: Identity
  readonly credential: SignedCredential
}

/** @throws {LunarError} BAD_CONFIG, ENROLMENT_REFUSED, PEER_UNREACHABLE, STORE_FAILED */
export async function openSession(options: SessionOptions, { env, signal }: Io): Promise<Session> {
  const config = given('LUNARX_CONFIG', '--config', options.config, env)
  const network = await readNetworkConfig(config)
  const stateDir = options.stateDir ?? env['LUNARX_STATE_DIR'] ?? join(homedir(), '.lunarx')
  // one identity per network: peers of different networks shall not be linked by it
  const dataFolder = join(stateDir, encodeURIComponent(network.network))
  const platform = await systemPlatform({ dataFolder, logLevel: logLevelOf(env) })
  const identity = await loadOrMakeIdentity(platform.disk, platform.random, platform.crypto)
  const credential = await clientCredential(network, identity, options.tokenFile ?? env['LUNARX_TOKEN_FILE'], platform, signal)
  return { network, platform, identity, credential }
}

/** A client over the network, closed with the returned stack. */
export async function withClient<T>(options: SessionOptions, io: Io, work: (client: Client, session: Session) => Promise<T>): Promise<T> {
  const ownerFile = given('LUNARX_OWNER_FILE', '--owner-file', options.ownerFile, io.env)
  const ownerSecret = await readOwnerSecret(ownerFile)
  const session = await openSession(options, io)
  const { network, platform, identity, credential } = session
  await using peers = await openPeers({ ...network, identity, credential: () => credential }, platform)
  await using client = await openClient({ network, ownerSecret }, platform, peers)
  return await work(client, session)
}

/** Of client commands: LUNARX_LOG, default `error`; what went wrong is said by the command itself. */
function logLevelOf(env: Io['env']): LogLevel {
  const wanted = env['LUNARX_LOG'] ?? 'error'
  const level = LOG_LEVELS.find((known) => known === wanted)
  if (!level) throw new LunarError('BAD_CONFIG', `LUNARX_LOG is one of ${LOG_LEVELS.join(', ')}`, { detail: { wanted } })
  return level
}
