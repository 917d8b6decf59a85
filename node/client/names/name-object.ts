/**
 * What a name stands for is changed: to a new version, or to nothing. Then, and only then, sets that no head and no kept version
 * names any more are buried.
 *
 * @module
 */
import { keysOfIdentity } from '@lunarx/core/keys'
import { LunarError, type ErasureClass } from '@lunarx/core/model'
import type { Log } from '@lunarx/runtime/log'
import { bury, type BuryDeps } from '../bury.ts'
import { droppedContents, keepVersions, type ObjectVersion, type StoredSets } from '../manifest/index.ts'
import { allVersions, type Names, type NamedObject } from './names.ts'

/** Sets buried at a time. */
const BATCH = 1_000

export interface NameObjectDeps extends BuryDeps {
  readonly names: Names
  readonly log: Log
  readonly lifetime: AbortSignal
  /** Ids of all sets that a version is made of, those under a node of its manifest before the node's own. */
  readonly setsUnder: (content: StoredSets, signal: AbortSignal) => AsyncIterable<Uint8Array>
}

export interface NameOptions {
  readonly signal: AbortSignal
  /** Called when the first replica is about to be told: from then on a failure does not say that nothing was named. Unless it throws. */
  readonly onWrite?: () => void
}

/** @throws {LunarError} OBJECT_TOO_LARGE, NOT_ENOUGH_REPLICAS */
export async function nameObject(
  name: string,
  version: ObjectVersion,
  { versions }: Pick<ErasureClass, 'versions'>,
  deps: NameObjectDeps,
  options: NameOptions,
): Promise<void> {
  const before = await deps.names.commit(name, (object) => keepVersions(version, allVersions(object), versions), options)
  await buryUnnamed(name, before, deps)
}

/** @throws {LunarError} NAME_NOT_FOUND, NOT_ENOUGH_REPLICAS */
export async function unnameObject(name: string, deps: NameObjectDeps, options: NameOptions): Promise<void> {
  const mustExist = (object: NamedObject | undefined): null => {
    if (!object) throw new LunarError('NAME_NOT_FOUND', 'no object of this name', { detail: { name } })
    return null
  }
  await buryUnnamed(name, await deps.names.commit(name, mustExist, options), deps)
}

/**
 * Looks again before it buries: another writer may have kept what this one replaced. A failure leaves sets without a name behind,
 * which cost space and nothing else, so the put or delete stands.
 */
async function buryUnnamed(name: string, replaced: NamedObject | undefined, deps: NameObjectDeps): Promise<void> {
  const before = allVersions(replaced)
  if (droppedContents(before, []).length === 0) return
  try {
    const now = allVersions(await deps.names.lookUp(name, deps.lifetime))
    for (const content of droppedContents(before, now)) await buryContent(content, deps)
  } catch (error) {
    deps.log.warn('sets that have lost their name are not buried', { error })
  }
}

/** By the owner's keys that signed the sets. Batch by batch: a version may have more sets than memory. Nodes of a manifest go after what they name. */
async function buryContent(content: StoredSets, common: NameObjectDeps): Promise<void> {
  const keys = keysOfIdentity(content.owner, common.keys)
  if (!keys) throw new LunarError('UNAUTHORIZED', 'the sets are of an owner who is not this one')
  const deps = { ...common, keys }
  let batch: Uint8Array[] = []
  for await (const id of deps.setsUnder(content, deps.lifetime)) {
    batch.push(id)
    if (batch.length < BATCH) continue
    await bury(batch, deps, deps.lifetime)
    batch = []
  }
  if (batch.length > 0) await bury(batch, deps, deps.lifetime)
}
