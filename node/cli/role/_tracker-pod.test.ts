/**
 * A tracker that serves its admin API over TLS, with answers that a test gives it, and beside it what `lunarx admin` finds in its pod: volume and
 * configuration.
 *
 * @module
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeBytes } from '@lunarx/core/document'
import { hexOf, textOf } from '@lunarx/core/model'
import { serveAdmin, type AdminRoutes } from '@lunarx/net/admin'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { systemPlatform } from '@lunarx/runtime/platform'
import type { ExecutionContext } from 'ava'
import { clock, credentialOf, log, membershipOf, networkKey, NETWORK, newIdentity, random } from '../../net/_network.test.ts'
import { devMembers, devNetwork } from '../dev/members.ts'
import { makeProgram } from '../program.ts'

export interface TrackerPod {
  readonly peer: string
  /** Its volume. */
  readonly folder: string
  /** Its run config. */
  readonly config: string
  stop(): Promise<void>
}

export interface PodOptions {
  readonly network?: string
  readonly role?: 'tracker' | 'provider'
  /** False: nothing is on its volume yet. */
  readonly hasEnrolled?: boolean
  /** Of the credential on its volume. */
  readonly expiresMs?: number
}

async function emptyFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lunarx-tracker-'))
  t.teardown(() => rm(folder, { recursive: true }))
  return folder
}

/** Runs until the test is over. */
export async function trackerPod(t: ExecutionContext, answers: Partial<AdminRoutes>, options: PodOptions = {}): Promise<TrackerPod> {
  const { network = NETWORK, role = 'tracker', hasEnrolled = true, expiresMs = clock.now() + 3_600_000 } = options
  const [folder, configFolder] = [await emptyFolder(t), await emptyFolder(t)]
  const identity = newIdentity()
  const served = credentialOf(identity, 'tracker', { network })
  const member = { ...membershipOf(identity, () => served), network }
  const deps = { clock, random, log, crypto }
  const server = await serveAdmin({ ...member, listen: { host: '127.0.0.1', port: 0 }, routes: answers as AdminRoutes }, deps)
  let stopped: PromiseLike<void> | undefined
  const stop = async (): Promise<void> => await (stopped ??= server[Symbol.asyncDispose]())
  t.teardown(stop)
  if (hasEnrolled) {
    // as a tracker's own process has them there
    const { disk } = await systemPlatform({ dataFolder: folder, logLevel: 'warn' })
    await disk.writeFileDurably('identity.seed', identity.seed)
    await disk.writeFileDurably('credential', encodeBytes(credentialOf(identity, 'tracker', { network, expiresMs })))
  }
  const members = devMembers({ providers: 3, trackers: 1, survive: 1, basePort: 1_000 })
  const document = { ...devNetwork(members, { survive: 1 }, hexOf(networkKey.publicKey), undefined), network }
  const run = { role, network: document, dataFolder: folder, host: 't', listen: { adminPort: server.port }, credential: { tokenFile: 't' } }
  const config = join(configFolder, 'run.json')
  await writeFile(config, JSON.stringify(run))
  return { peer: identity.peer, folder, config, stop }
}

/** `lunarx …` in this process: what it prints. @throws what it throws */
export async function runLunarx(args: readonly string[]): Promise<string> {
  const out: string[] = []
  const write = async (bytes: Uint8Array | string): Promise<void> => void out.push(typeof bytes === 'string' ? bytes : textOf(bytes))
  async function* stdin(): AsyncGenerator<Uint8Array> {}
  const quiet = { isTty: false, columns: 80, write: async () => undefined }
  const stdout = { isTty: false, columns: 80, write }
  const io = { env: {}, stdin: stdin(), stdout, stderr: quiet, signal: new AbortController().signal, self: ['lunarx'] as const }
  await makeProgram(io).parseAsync(['node', 'lunarx', ...args])
  return out.join('')
}
