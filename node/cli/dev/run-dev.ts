/**
 * A whole network in processes of this machine: issuer and epochs here, every tracker and provider a child that runs `lunarx run`.
 *
 * @module
 */
import { join } from 'node:path'
import type { SignedCredential } from '@lunarx/core/membership'
import { issueCredential } from '@lunarx/core/membership'
import { hexOf, LunarError } from '@lunarx/core/model'
import { adminClient, type AdminClient } from '@lunarx/net/admin'
import { identityOf } from '@lunarx/net/identity'
import { serveIssuer } from '@lunarx/net/issuer'
import { makeServerCertificate } from '@lunarx/net/tls'
import { systemPlatform, type SystemPlatform } from '@lunarx/runtime/platform'
import type { Io } from '../io.ts'
import { Child } from './child.ts'
import { DevFolder, type DevPaths } from './dev-folder.ts'
import { FleetKeeper } from './fleet-keeper.ts'
import { DEV_HOST, DEV_NETWORK, devMembers, devNetwork, type DevMember, type DevSize } from './members.ts'

/** Between two looks at the fleet: while something is to be seen to, and while every provider is alive and in the epoch. */
const STEP_MS = 1_000
const SETTLED_STEP_MS = 5_000
const READY_MS = 120_000
const STOP_MS = 15_000
const OPERATOR_MS = 3_650 * 24 * 3_600_000

/** A network that is ready. */
export interface DevNetwork {
  readonly paths: DevPaths
  /** Processes by name. */
  readonly members: readonly { readonly name: string; readonly pid: number | undefined; readonly logFile: string }[]
}

/**
 * Resolves when `io.signal` was aborted and all processes have ended.
 * @param onReady all providers are alive and in the epoch
 * @throws {LunarError} BAD_CONFIG; TIMEOUT: not ready within two minutes
 */
export async function runDev(folderPath: string, size: DevSize, io: Io, onReady: (network: DevNetwork) => Promise<void>): Promise<void> {
  const members = devMembers(size)
  const platform = await systemPlatform({ dataFolder: join(folderPath, 'dev'), logLevel: 'warn' })
  const { clock, crypto, random, log } = platform
  const folder = await DevFolder.open(folderPath, platform)
  await using opened = new AsyncDisposableStack()

  const tls = makeServerCertificate({ hosts: [DEV_HOST, 'localhost'] }, clock, random)
  const issuer = { url: `https://${DEV_HOST}:${size.basePort}`, ca: tls.cert }
  const network = devNetwork(members, size, hexOf(folder.networkKey.publicKey), issuer)
  await folder.write(network, members, size, random)
  const networkKey = async (name: string) => (name === DEV_NETWORK ? folder.networkKey : undefined)
  const listen = { host: DEV_HOST, port: size.basePort }
  opened.use(await serveIssuer({ listen, tls, networkKey, authenticate: folder.tokens.authenticate }, { clock, log, crypto }))

  const children = members.map((member) => opened.use(childOf(member, folder, io, platform)))
  const admins = adminsOf(members, network.networkKey, folder, platform)
  const keeper = await FleetKeeper.open({ network, folder, admins, platform, log })
  const providers = members.filter(({ role }) => role === 'provider').length
  const startMs = clock.elapsed()
  let isReady = false
  while (!io.signal.aborted) {
    const alive = await keeper.step(io.signal)
    const settled = alive.filter(({ peer, mergedEpoch }) => mergedEpoch > 0 && keeper.members.some((member) => member.peer === peer))
    const isSettled = settled.length === providers
    if (!isReady && isSettled) {
      isReady = true
      await onReady({ paths: folder.paths, members: children.map(({ name, pid }) => ({ name, pid, logFile: logFileOf(name, folder) })) })
    }
    if (!isReady && clock.elapsed() - startMs > READY_MS)
      throw new LunarError('TIMEOUT', `the network is not ready; its logs are in ${folder.root}/*/log`, {
        detail: { alive: alive.length, settled: settled.length, providers },
      })
    await clock.sleep(isSettled ? SETTLED_STEP_MS : STEP_MS, io.signal).catch(() => undefined)
  }
}

const logFileOf = (name: string, folder: DevFolder): string => join(folder.folderOf({ name }), 'log')

function childOf({ role, name }: DevMember, folder: DevFolder, { self }: Io, platform: SystemPlatform): Child {
  const config = join(folder.folderOf({ name }), 'run.json')
  const command = [...self, 'run', role, '--config', config, '--stop-with-stdin'] as const
  return new Child({ name, command: [command[0], ...command.slice(1)], logFile: logFileOf(name, folder), stopMs: STOP_MS }, platform)
}

/** This process is the operator of the network: it has the key, so it signs its own credential. */
function adminsOf(members: readonly DevMember[], networkKey: string, folder: DevFolder, platform: SystemPlatform): AdminClient[] {
  const { clock, crypto, random } = platform
  const identity = identityOf(random.bytes(32), crypto)
  const [issuedMs, expiresMs] = [clock.now(), clock.now() + OPERATOR_MS]
  const fields = { network: DEV_NETWORK, peer: identity.peer, role: 'operator', name: 'dev', domains: {}, issuedMs, expiresMs } as const
  const document: SignedCredential = issueCredential(fields, folder.networkKey)
  return members
    .filter(({ role }) => role === 'tracker')
    .map(({ adminPort }) => {
      const address = { host: DEV_HOST, port: adminPort }
      return adminClient({ network: DEV_NETWORK, networkKey, identity, credential: () => document, address }, platform)
    })
}
