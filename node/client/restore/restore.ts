/**
 * restore: walk → confirm → read from a copy → seal again → reserve → store → commit → keep. For every set of an object, nodes of its
 * manifest too.
 *
 * Sets of which fewer than k shards are held cannot be rebuilt by trackers; their owner makes them again from any other copy, the first
 * set from a backup copy and a backup copy from the first. Sealed under the salt and time of before a set is the very same, bit for
 * bit, under the same record: the name does not change, what is left of the shards counts, and doing it twice, or twice at once, is no
 * harm. Sets that only miss some shards are left to the trackers.
 *
 * @module
 */
import type { OwnerKeys } from '@lunarx/core/keys'
import { keysOfIdentity } from '@lunarx/core/keys'
import { concatBytes, hasCode, itemAt, LunarError } from '@lunarx/core/model'
import { gatherAny } from '../get/any-copy.ts'
import { openNode, type ContentDeps } from '../get/content.ts'
import { Recycled } from '../get/recycled.ts'
import type { OpenContent } from '../get/set.ts'
import { setsIn, withCopies, type NamedSet } from '../get/walk.ts'
import type { ObjectVersion, StoredSets } from '../manifest/index.ts'
import { unwrapContent } from '../names/index.ts'
import { commit } from '../put/commit.ts'
import { Keeping, type KeepDeps } from '../put/keep.ts'
import { seal, type ObjectPlan, type SealDeps } from '../put/seal.ts'
import { storeSet, type StoreSetDeps } from '../put/store-set.ts'

export interface Restoration {
  /** Sets looked at: segments, nodes of manifests, and the backup copies of both. */
  readonly sets: number
  /** That miss shards, and that trackers rebuild. */
  readonly degraded: number
  /** That were made again from a copy; of a dry run: that could be. */
  readonly restored: number
  /** Of which neither themselves nor a copy can be read. */
  readonly lost: number
}

export interface RestoreOptions {
  /** Looks and changes nothing. */
  readonly isDryRun: boolean
  readonly signal: AbortSignal
  /** After every set, with what was found so far. */
  readonly onProgress: (sofar: Restoration) => void
}

export interface RestoreDeps extends Omit<ContentDeps, 'keys'>, StoreSetDeps, SealDeps, KeepDeps {
  readonly network: SealDeps['network']
  /** Of the present generation. */
  readonly keys: OwnerKeys
}

type Counts = { -readonly [K in keyof Restoration]: Restoration[K] }

/** What is common to the sets of one version. */
interface Version {
  readonly content: OpenContent
  readonly className: string
  readonly keeping: Keeping
  /** The owner's that signed the records. */
  readonly deps: RestoreDeps
}

/**
 * @param versions of one name, those that conflict too
 * @throws {LunarError} WRONG_KEY, TOMBSTONED: replaced or deleted meanwhile; TOO_FEW_SHARDS: a node of a manifest is lost, and what it
 * names with it; NO_ROOM, NOT_ENOUGH_HOLDERS, UNKNOWN_CLASS: the network has changed the class since; PEER_UNREACHABLE
 */
export async function restore(versions: readonly ObjectVersion[], options: RestoreOptions, deps: RestoreDeps): Promise<Restoration> {
  const { signal, onProgress, isDryRun } = options
  const counts: Counts = { sets: 0, degraded: 0, restored: 0, lost: 0 }
  for (const { content, className } of versions) {
    if (content.kind !== 'sets') continue
    const version = await openVersion(content, className, deps)
    for await (const named of setsIn(content, (set) => openNode(set, version.content, deps, signal))) {
      await restoreSet(withCopies(named), version, counts, options)
      onProgress({ ...counts })
    }
    if (!isDryRun) await version.keeping.all(signal)
  }
  return counts
}

async function openVersion(content: StoredSets, className: string, common: RestoreDeps): Promise<Version> {
  const keys = keysOfIdentity(content.owner, common.keys)
  if (!keys) throw new LunarError('UNAUTHORIZED', 'the sets are of an owner who is not this one')
  const deps = { ...common, keys }
  const { dataKey } = await unwrapContent(content, common.keys, common.crypto)
  return { content: { content, dataKey }, className, keeping: new Keeping(deps), deps }
}

/** A set and its copies: those that are broken are made again from one that is not. */
async function restoreSet(
  copies: readonly NamedSet[],
  version: Version,
  counts: Counts,
  { signal, isDryRun }: RestoreOptions,
): Promise<void> {
  const { deps, content, keeping } = version
  const { required, parity } = content.content
  const held = await Promise.all(copies.map(async ({ entry }) => (await commit(entry, deps, signal)).size))
  const isBroken = (one: NamedSet): boolean => (held[copies.indexOf(one)] ?? 0) < required
  const broken = copies.filter(isBroken)
  const sound = copies.filter((one) => !isBroken(one))
  counts.sets += copies.length
  counts.degraded += held.filter((shards) => shards >= required && shards < required + parity).length
  const isLost = sound.length === 0
  const plaintext = broken.length === 0 || isLost || isDryRun ? undefined : await readFrom(sound, version, signal)
  if (plaintext)
    for (const named of broken) {
      await makeAgain(named, plaintext, version, signal)
      keeping.add(named.entry.id)
    }
  counts.lost += isLost || (!isDryRun && !plaintext) ? broken.length : 0
  counts.restored += isLost || (!isDryRun && !plaintext) ? 0 : broken.length
  // a restore that was cut may have stored a set and not kept it; with fewer holders a keep would not be taken
  for (const [i, { entry }] of copies.entries()) if ((held[i] ?? 0) > required) keeping.add(entry.id)
  if (!isDryRun) await keeping.due(signal)
}

/** Undefined: what its holders confirm cannot be read after all. */
async function readFrom(sound: readonly NamedSet[], { content, deps }: Version, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const { plaintextBytes } = itemAt(sound, 0).entry
  try {
    const gathering = { ...deps, memory: new Recycled() }
    const open = await gatherAny(sound, undefined, { from: 0, until: plaintextBytes }, content, gathering, signal)
    return concatBytes(...(await Array.fromAsync(open(signal))))
  } catch (error) {
    if (!hasCode(error, 'TOO_FEW_SHARDS')) throw error
    deps.log.warn('a set cannot be restored: its copies cannot be read', { error })
    return undefined
  }
}

/** All n shards are held when it resolves. */
async function makeAgain(named: NamedSet, bytes: Uint8Array, version: Version, signal: AbortSignal): Promise<void> {
  const { content, className, deps } = version
  const { required, parity, survive = 0, suite } = content.content
  const { id, salt, createdMs = 0 } = named.entry
  const erasureClass = { name: className, required, parity, survive }
  const plan: ObjectPlan = { erasureClass, suite, dataKey: content.dataKey, copy: named.copy }
  using set = await seal({ index: named.sealIndex, bytes, isLast: false }, plan, deps, signal, { id, salt, createdMs })
  const needed = set.shards.length
  await storeSet(set, deps, { signal, needed, onReserved: async () => undefined, onSent: () => undefined })
  deps.log.info('a set was restored from a copy', { copy: named.copy })
}
