/**
 * A client in one call: the network's configuration and the owner secret from their files, an identity and a credential kept in a
 * folder, sockets, and all of it closed together. Node only; `openClient` takes the parts instead.
 *
 * @module
 */
import type { NetworkConfig, SignedCredential } from '@lunarx/core/membership'
import { LunarError } from '@lunarx/core/model'
import { openPeers } from '@lunarx/net'
import { loadOrMakeIdentity, type Identity } from '@lunarx/net/identity'
import { keepCredential, tokenFromFile, type KeptCredential } from '@lunarx/net/issuer'
import { environment, homeStateFolder } from '@lunarx/runtime/files'
import { LOG_LEVELS, type LogLevel } from '@lunarx/runtime/log'
import { systemPlatform, type SystemPlatform } from '@lunarx/runtime/platform'
import type { Client } from '../client.ts'
import { openClient } from '../open.ts'
import { OutsidePeers } from '../outside/index.ts'
import { clientCredential } from './credential.ts'
import { readNetworkConfig } from './network-file.ts'
import { keepRevoked } from './revoked-file.ts'
import { readOwnerSecret } from './owner-secret.ts'

/** What is not given is taken from the environment: in a pod whose template sets it, `connect()` is all. */
export interface ConnectOptions {
  /** File of the network's configuration, JSON. Default: LUNARX_CONFIG. */
  readonly config?: string | undefined
  /** File of the owner secret: 64 hex digits or 24 words, mode 0600 (0440 in a pod). Default: LUNARX_OWNER_FILE. */
  readonly ownerFile?: string | undefined
  /** File of the token to enrol with; read when a credential is needed. Default: LUNARX_TOKEN_FILE. */
  readonly tokenFile?: string | undefined
  /** Folder for identity, credential and the journals of puts, one folder per network in it. Default: LUNARX_STATE_DIR, `~/.lunarx`. */
  readonly stateDir?: string | undefined
  /** What goes to standard error. Default: LUNARX_LOG, `error`. */
  readonly logLevel?: string | undefined
  /**
   * True: operations are spans of the OpenTelemetry SDK that the program has registered, and peers learn the ids of the trace with each
   * question, so that theirs join it: two of them that compare could tell that their questions belong together. Default: false.
   */
  readonly tracing?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** A member of the network, without an owner. */
export interface Session {
  readonly network: NetworkConfig
  /** Where its configuration was read. */
  readonly networkFile: string
  readonly platform: SystemPlatform
  readonly identity: Identity
  readonly credential: SignedCredential
  /** What a new credential is asked for with. */
  readonly tokenFile: string | undefined
}

/**
 * Close it (`await using`) when done: it holds sockets.
 * @throws {LunarError} BAD_CONFIG, BAD_WORDS, ENROLMENT_REFUSED, PEER_UNREACHABLE, STORE_FAILED
 */
export async function connect(options: ConnectOptions = {}, env: Environment = environment()): Promise<Client> {
  const ownerSecret = await readOwnerSecret(required('ownerFile', options.ownerFile ?? env['LUNARX_OWNER_FILE'], 'LUNARX_OWNER_FILE'))
  return await openOver(await openSession(options, env), ownerSecret)
}

/** @throws {LunarError} BAD_CONFIG, ENROLMENT_REFUSED, PEER_UNREACHABLE, STORE_FAILED */
export async function openSession(options: ConnectOptions, env: Environment): Promise<Session> {
  const networkFile = required('config', options.config ?? env['LUNARX_CONFIG'], 'LUNARX_CONFIG')
  const network = await readNetworkConfig(networkFile)
  const stateDir = options.stateDir ?? env['LUNARX_STATE_DIR'] ?? homeStateFolder()
  // one identity per network: peers of different networks shall not be linked by it
  const dataFolder = `${stateDir}/${encodeURIComponent(network.network)}`
  const logLevel = levelOf(options.logLevel ?? env['LUNARX_LOG'] ?? 'error')
  const platform = await systemPlatform({ dataFolder, logLevel, isTraced: options.tracing ?? false })
  const identity = await loadOrMakeIdentity(platform.disk, platform.random, platform.crypto)
  const tokenFile = options.tokenFile ?? env['LUNARX_TOKEN_FILE']
  const signal = options.signal ?? new AbortController().signal
  const credential = await clientCredential(network, identity, tokenFile, platform, signal)
  return { network, networkFile, platform, identity, credential, tokenFile }
}

/** An owner's client over a session; closing it closes the sockets too. While it is open its credential is kept current. */
export async function openOver(session: Session, ownerSecret: Uint8Array): Promise<Client> {
  const { network, networkFile, platform, identity } = session
  await using opening = new AsyncDisposableStack()
  const kept = opening.use(await keptCredential(session))
  const { isRevoked } = opening.use(await keepRevoked(networkFile, platform))
  const sockets = await openPeers({ ...network, identity, credential: () => kept.current(), isRevoked }, platform)
  const peers = opening.use(network.outside ? new OutsidePeers({ ...platform, network, peers: sockets }) : sockets)
  const client = opening.use(await openClient({ network, ownerSecret }, platform, peers))
  const opened = opening.move()
  return { ...client, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** Without a token, or an issuer, it is good for the rest of its life. */
async function keptCredential({ network, platform, identity, credential, tokenFile }: Session): Promise<KeptCredential> {
  if (tokenFile === undefined || !network.issuer) return { current: () => credential, [Symbol.asyncDispose]: () => Promise.resolve() }
  return await keepCredential({ ...network, ...network.issuer, token: tokenFromFile(tokenFile), identity, first: credential }, platform)
}

/** @throws {LunarError} BAD_CONFIG */
function required(option: string, value: string | undefined, variable: string): string {
  if (!value) throw new LunarError('BAD_CONFIG', `set ${variable}, or give ${option}`, { detail: { variable, option } })
  return value
}

/** @throws {LunarError} BAD_CONFIG */
function levelOf(wanted: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === wanted)
  if (!level) throw new LunarError('BAD_CONFIG', `LUNARX_LOG is one of ${LOG_LEVELS.join(', ')}`, { detail: { wanted } })
  return level
}
