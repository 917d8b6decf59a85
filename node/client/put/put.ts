/**
 * put: split → encrypt → stripe → inject → encode → hash → reserve → store → commit. Then the name.
 *
 * While one segment is stored the next is sealed: two in memory at most. Nothing is named before every holder of every set has
 * confirmed; whatever ends it earlier leaves the name as it was.
 *
 * @module
 */
import { LIMITS, LunarError, type ErasureClass } from '@lunarx/core/model'
import type { NetworkConfig } from '@lunarx/core/membership'
import { segmentBytesFor } from '@lunarx/core/segment'
import { ahead } from '../ahead.ts'
import { bury } from '../bury.ts'
import { checkName, type ObjectVersion } from '../manifest/index.ts'
import { nameObject, type NameObjectDeps } from '../names/index.ts'
import { Content, type ContentDeps, type StoredSet } from './content.ts'
import { seal, type ObjectPlan, type SealDeps, type SealedSet } from './seal.ts'
import { split, type Segment, type Source } from './split.ts'
import { storeSet, type StoreSetDeps } from './store-set.ts'

export interface PutProgress {
  /** Plaintext bytes that are stored, those of the set under way by what was sent of it. */
  readonly storedBytes: number
  /** Shard bytes handed to the network so far. */
  readonly sentBytes: number
}

export interface PutOptions {
  /** Erasure class; default: that of the network. */
  readonly class?: string | undefined
  readonly signal: AbortSignal
  readonly onProgress?: ((progress: PutProgress) => void) | undefined
}

export type PutDeps = SealDeps & StoreSetDeps & ContentDeps & NameObjectDeps

/**
 * @returns the version that the name now stands for
 * @throws {LunarError} BAD_NAME, UNKNOWN_CLASS, NO_ROOM, NOT_ENOUGH_HOLDERS, OBJECT_TOO_LARGE, NOT_ENOUGH_REPLICAS, PEER_UNREACHABLE
 */
export async function put(name: string, source: Source, options: PutOptions, deps: PutDeps): Promise<ObjectVersion> {
  checkName(name)
  const erasureClass = classOf(deps.network, options.class)
  const plan: ObjectPlan = { erasureClass, suite: 'aes-256-gcm', dataKey: deps.random.bytes(32) }
  const attempted: Uint8Array[] = []
  let isNaming = false
  try {
    const version = await storeContent(source, plan, options, deps, attempted)
    await nameObject(name, version, erasureClass, deps, { signal: options.signal, onWrite: () => (isNaming = true) })
    return version
  } catch (error) {
    if (!isNaming) await buryAttempted(attempted, deps)
    throw error
  }
}

/** @param attempted receives the ids of the sets that may have been stored, in part or whole */
async function storeContent(
  source: Source,
  plan: ObjectPlan,
  { signal, onProgress }: PutOptions,
  deps: PutDeps,
  attempted: Uint8Array[],
): Promise<ObjectVersion> {
  const { erasureClass } = plan
  const stored = new Content(plan, deps, (bytes, index) => storeNode({ index, bytes, isLast: false }, plan, deps, signal, attempted))
  let inline: Uint8Array | undefined
  let before: PutProgress = { storedBytes: 0, sentBytes: 0 }
  const sealed = (inner: AbortSignal) => sealSegments(split(source, segmentBytesFor(erasureClass), inner), plan, deps, inner)
  for await (const item of ahead(sealed, signal)) {
    if (!('shards' in item)) {
      inline = Uint8Array.from(item.bytes)
      onProgress?.({ storedBytes: inline.length, sentBytes: 0 })
      continue
    }
    attempted.push(item.id)
    const { shards, record: _, ...rest } = item
    const setBytes = shards.reduce((sum, shard) => sum + shard.length, 0)
    const report = (sentBytes: number): void => {
      const storedBytes = before.storedBytes + Math.floor((item.plaintextBytes * sentBytes) / setBytes)
      onProgress?.({ storedBytes, sentBytes: before.sentBytes + sentBytes })
    }
    const holders = await storeSet(item, deps, signal, report)
    before = { storedBytes: before.storedBytes + item.plaintextBytes, sentBytes: before.sentBytes + setBytes }
    await stored.add({ ...rest, holders })
  }
  const sizeBytes = inline?.length ?? before.storedBytes
  const content = inline ? ({ kind: 'inline', bytes: inline } as const) : await stored.finish()
  return { sizeBytes, className: erasureClass.name, storedMs: deps.clock.now(), content }
}

/** A node of the manifest, stored like a segment. */
async function storeNode(
  node: Segment,
  plan: ObjectPlan,
  deps: PutDeps,
  signal: AbortSignal,
  attempted: Uint8Array[],
): Promise<StoredSet> {
  const { shards, record, ...set } = await seal(node, plan, deps)
  attempted.push(set.id)
  return { ...set, holders: await storeSet({ ...set, shards, record }, deps, signal, () => undefined) }
}

/** A segment that is the whole object and small goes through as it is: it becomes part of the row. */
async function* sealSegments(
  segments: AsyncGenerator<Segment, void>,
  plan: ObjectPlan,
  deps: SealDeps,
  signal: AbortSignal,
): AsyncGenerator<SealedSet | Segment, void> {
  for await (const segment of segments) {
    signal.throwIfAborted()
    const isSmall = segment.index === 0 && segment.isLast && segment.bytes.length <= inlineLimit(plan.erasureClass)
    yield isSmall ? segment : await seal(segment, plan, deps)
  }
}

/** All kept versions share one row. */
const inlineLimit = ({ inlineBytes, versions }: ErasureClass): number => Math.min(inlineBytes, Math.floor(LIMITS.rowValueBytes / versions))

/** @throws {LunarError} UNKNOWN_CLASS */
function classOf({ classes, defaultClass }: NetworkConfig, wanted: string | undefined): ErasureClass {
  const className = wanted ?? defaultClass
  const erasureClass = classes.find(({ name }) => name === className)
  if (!erasureClass)
    throw new LunarError('UNKNOWN_CLASS', 'no such erasure class', {
      detail: { class: className, classes: classes.map(({ name }) => name) },
    })
  return erasureClass
}

/** Frees at once what would else wait for reservations to lapse; what it cannot reach costs space and nothing else. */
async function buryAttempted(attempted: readonly Uint8Array[], deps: PutDeps): Promise<void> {
  if (attempted.length === 0 || deps.lifetime.aborted) return
  try {
    await bury(attempted, deps, deps.lifetime)
  } catch (error) {
    deps.log.warn('sets of a put that failed are not buried', { error })
  }
}
