/**
 * share: find → leaves only → wrap anew → sign → seal. And back: open → check → what `get` reads from.
 *
 * Reads the row of the name, of a large manifest its nodes, and moves no shard of the object. There is no grant before the trackers have
 * the order that its sets are audited by leaves only: whoever has it knows where the watermarks are. What was shared cannot be taken back:
 * put the object anew to end it.
 *
 * @module
 */
import type { CryptoEngine } from '@lunarx/core/crypto'
import { granteeOfText, openGrant, sealGrant } from '@lunarx/core/keys'
import { hexOf, LunarError } from '@lunarx/core/model'
import { decodeManifest, encodeManifest, type ObjectVersion } from '../manifest/index.ts'
import { rewrapVersions, type Names } from '../names/index.ts'
import { statOf, type ObjectStat } from '../stat.ts'
import { orderLeavesOnly, type OrderLeavesOnlyDeps } from './order-leaves-only.ts'

export interface ShareDeps extends OrderLeavesOnlyDeps {
  readonly names: Names
  readonly crypto: CryptoEngine
}

/** What a grantee learns of a grant without reading the object. */
export interface SharedStat extends Omit<ObjectStat, 'conflicts'> {
  /** Identity of the owner, hex: the `owner` that `lunarx key address --json` prints there. */
  readonly owner: string
  /** Milliseconds since 1970 UTC, by the owner's clock. */
  readonly grantedMs: number
}

/** A grant, opened. */
export interface Shared {
  readonly stat: SharedStat
  readonly version: ObjectVersion
  /** Wraps the version's data key. */
  readonly wrappingKey: Uint8Array
}

/**
 * The version that the name stands for.
 * @param grantee text of {@link granteeText}
 * @throws {LunarError} BAD_GRANTEE, NAME_NOT_FOUND, NOT_ENOUGH_REPLICAS, WRONG_KEY; those of {@link orderLeavesOnly}: nothing is shared
 */
export async function share(name: string, grantee: string, deps: ShareDeps, signal: AbortSignal): Promise<string> {
  const { network, keys, clock, random, crypto } = deps
  const granteeKey = granteeOfText(grantee, crypto)
  const { versions } = await deps.names.find(name, signal)
  const [{ content }] = versions
  if (content.kind === 'sets') await orderLeavesOnly(content, deps, signal)
  const key = random.bytes(32)
  const manifest = encodeManifest({ version: 1, name, versions: await rewrapVersions([versions[0]], keys, key, deps) })
  const shared = { network: network.network, owner: keys.identity.publicKey, grantee: granteeKey, grantedMs: clock.now(), manifest, key }
  return await sealGrant(shared, keys, random.bytes(32), crypto)
}

/** @throws {LunarError} BAD_MESSAGE, WRONG_KEY, BAD_SIGNATURE, UNKNOWN_NETWORK */
export async function openShared(
  grant: string,
  { network, keys, crypto }: Pick<ShareDeps, 'network' | 'keys' | 'crypto'>,
): Promise<Shared> {
  const { owner, grantedMs, manifest, key } = await openGrant(grant, keys, network.network, crypto)
  const { name, versions } = decodeManifest(manifest)
  const [version] = versions
  if (!version) throw new LunarError('BAD_MESSAGE', 'a grant of no version')
  const { conflicts: _, ...stat } = statOf({ name, versions: [version], conflicting: [] })
  return { version, wrappingKey: key, stat: { ...stat, owner: hexOf(owner), grantedMs } }
}
