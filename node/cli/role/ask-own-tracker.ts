/**
 * Asks the admin API of the tracker that runs by a configuration, from beside it: with the identity and the credential on its volume, at its own
 * address. Changes nothing, and makes nothing where there is nothing: a second identity would be another peer.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import { adminClient, type AdminClient } from '@lunarx/net/admin'
import { readIdentity } from '@lunarx/net/identity'
import { readCredential } from '@lunarx/net/issuer'
import { SystemClock } from '@lunarx/runtime/clock'
import { nodeCrypto as crypto } from '@lunarx/runtime/crypto'
import { NodeDisk } from '@lunarx/runtime/disk'
import { filesFolder } from '@lunarx/runtime/platform'
import { SystemRandom } from '@lunarx/runtime/random'
import { ADMIN, type OpenRequest, type OwnAnswer } from '@lunarx/wire'
import { z } from 'zod'
import type { LoadedRunConfig } from '../config/read-config.ts'

const TIMEOUT_MS = 10_000
/** Bound to them, a server is reached at the loopback address of the machine. */
const EVERY_ADDRESS = ['0.0.0.0', '::']
const LOOPBACK = '127.0.0.1'

/**
 * @param body as the request has it
 * @throws {LunarError} BAD_CONFIG: no tracker has run here, or the body does not fit; CREDENTIAL_EXPIRED; what the tracker answers
 */
export async function askOwnTracker<K extends OpenRequest>(
  { role, network, dataFolder, listen }: Pick<LoadedRunConfig, 'role' | 'network' | 'dataFolder' | 'listen'>,
  name: K,
  body: unknown,
  signal: AbortSignal,
): Promise<OwnAnswer<K>> {
  if (role !== 'tracker') throw new LunarError('BAD_CONFIG', `only trackers have an admin API: this is the configuration of a ${role}`)
  const asked = ADMIN[name].request.safeParse(body)
  if (!asked.success) throw new LunarError('BAD_CONFIG', `${name}: ${z.prettifyError(asked.error).slice(0, 1_000)}`)
  const [disk, clock, random] = [new NodeDisk(filesFolder(dataFolder)), new SystemClock(), new SystemRandom()]
  const identity = await readIdentity(disk, crypto)
  const credential = identity && (await readCredential({ ...network, identity }, { disk, clock, crypto }))
  if (identity === undefined || credential === undefined)
    throw new LunarError('BAD_CONFIG', `no tracker has enrolled from ${dataFolder} yet`, { detail: { folder: dataFolder } })
  const host = EVERY_ADDRESS.includes(listen.host) ? LOOPBACK : listen.host
  const address = { host, port: listen.adminPort, peer: identity.peer }
  const admin = adminClient(
    { ...network, identity, credential: () => credential, address, timeoutMs: TIMEOUT_MS },
    { clock, random, crypto },
  )
  const ask = admin[name] as (request: unknown, options: Parameters<AdminClient[K]>[1]) => Promise<OwnAnswer<K>['answer']>
  return { tracker: identity.peer, answer: await ask(asked.data, { signal }) }
}
