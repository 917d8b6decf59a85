/**
 * put: split → encrypt → stripe → inject → encode → hash → reserve → store → commit. Then keep, then the name.
 *
 * While one set is stored the next is sealed: two in memory at most, backup copies of a segment being sets like itself. Nothing is named before the holders of every set have
 * confirmed; whatever ends it earlier leaves the name as it was, and a journal from which the next put of the name goes on.
 *
 * @module
 */
import { DEFAULT_SUITE, type Suite } from '@lunarx/core/crypto'
import type { NetworkConfig } from '@lunarx/core/membership'
import { LIMITS, LunarError, type ErasureClass } from '@lunarx/core/model'
import { segmentBytesFor } from '@lunarx/core/segment'
import { ahead } from '../ahead.ts'
import { checkName, type ObjectVersion } from '../manifest/index.ts'
import { nameObject, type NameObjectDeps } from '../names/index.ts'
import { Attempt, type AttemptDeps, type Resumption } from './attempt.ts'
import { Content, type ContentDeps, type ContentPlan, type StoredCopies, type StoredSet } from './content.ts'
import type { Source } from './source.ts'
import { split, type Segment } from './split.ts'
import type { DoneSet, PendingSet, Upload } from './upload.ts'

export interface PutProgress {
  /** Plaintext bytes that are stored, those of the set under way by what was sent of it. Never less than before; the whole at the end. */
  readonly storedBytes: number
  /** Shard bytes handed to the network so far. */
  readonly sentBytes: number
}

/** When a set counts as stored. */
export interface CommitPolicy {
  /**
   * Shards of each set beyond the k that its holders must confirm, 0 … m. The slowest others are cut off then and left to repair; until
   * that has run, as many shards may be lost as this and no more.
   */
  readonly margin: number
}

export interface PutOptions {
  /** Erasure class; default: that of the network. */
  readonly class?: string | undefined
  readonly suite?: Suite | undefined
  /** Default: all n holders of each set. */
  readonly commit?: CommitPolicy | undefined
  /** False: starts anew whatever an earlier put has left, and leaves nothing to go on with. Default true. */
  readonly resume?: boolean | undefined
  readonly signal: AbortSignal
  readonly onProgress?: ((progress: PutProgress) => void) | undefined
  /** Called at most once, before anything is sent, when this put goes on where an earlier one stopped. */
  readonly onResume?: ((found: Resumption) => void) | undefined
}

export type PutDeps = AttemptDeps &
  ContentDeps &
  NameObjectDeps & {
    /** Plaintext of a segment at most; undefined: what suits the class. */
    readonly segmentBytes?: number | undefined
  }

export interface Put {
  /** What the name now stands for. */
  readonly version: ObjectVersion
  /** Holders beyond k of the set that has the fewest; undefined for an object that lies in its row. */
  readonly margin: number | undefined
}

/**
 * @throws {LunarError} BAD_NAME, BAD_POLICY, UNKNOWN_CLASS, NO_ROOM, NOT_ENOUGH_HOLDERS, OBJECT_TOO_LARGE, NOT_ENOUGH_REPLICAS,
 * PEER_UNREACHABLE, SUPERSEDED
 */
export async function put(name: string, source: Source, options: PutOptions, deps: PutDeps): Promise<Put> {
  checkName(name)
  const { suite = DEFAULT_SUITE, resume: isResumable = true, onResume = () => undefined, signal } = options
  const erasureClass = classOf(deps.network, options.class)
  const needed = neededOf(erasureClass, options.commit)
  const segmentBytes = Math.min(deps.segmentBytes ?? Number.POSITIVE_INFINITY, segmentBytesFor(erasureClass))
  await using attempt = new Attempt({ name, erasureClass, suite, segmentBytes, needed, isResumable, onResume, signal }, deps)
  try {
    const stored = await storeContent(source, { erasureClass, suite, segmentBytes }, attempt, options, deps)
    await attempt.beforeNaming()
    await nameObject(name, stored.version, erasureClass, deps, { signal, onWrite: () => attempt.onNaming() })
    await attempt.succeeded()
    return stored
  } catch (error) {
    throw await attempt.failed(error)
  }
}

async function storeContent(
  source: Source,
  { erasureClass, suite, segmentBytes }: Pick<ContentPlan, 'erasureClass' | 'suite'> & { readonly segmentBytes: number },
  attempt: Attempt,
  { signal, onProgress = () => undefined }: PutOptions,
  deps: PutDeps,
): Promise<Put> {
  const started = Promise.withResolvers<Upload>()
  const sealed = (inner: AbortSignal) => sealSegments(split(source, segmentBytes, inner), erasureClass, attempt, started.resolve, inner)
  let content: Content | undefined
  let before: PutProgress = { storedBytes: 0, sentBytes: 0 }
  /** Of the segment under way: what is stored of its sets. */
  let copies: StoredSet[] = []
  for await (const item of ahead(sealed, signal, drop)) {
    if ('bytes' in item) {
      const bytes = Uint8Array.from(item.bytes)
      onProgress({ storedBytes: bytes.length, sentBytes: 0 })
      return { version: versionOf(bytes.length, { kind: 'inline', bytes }), margin: undefined }
    }
    const upload = await started.promise
    content ??= new Content({ erasureClass, suite, dataKey: upload.dataKey }, deps, (bytes, index) => storeNode(bytes, index, upload))
    const { setsPerSegment } = upload
    let sentBytes = before.sentBytes
    const set = await storeItem(item, upload, (ofSet, part) => {
      sentBytes = before.sentBytes + ofSet
      const ofSegment = (copies.length + part) / setsPerSegment
      onProgress({ storedBytes: before.storedBytes + Math.floor(item.set.plaintextBytes * ofSegment), sentBytes })
    })
    copies.push(set)
    const isWhole = copies.length === setsPerSegment
    before = { storedBytes: before.storedBytes + (isWhole ? set.plaintextBytes : 0), sentBytes }
    if (!isWhole) continue
    onProgress(before)
    await content.add(copies)
    copies = []
  }
  if (!content) throw new RangeError('a source of no segments')
  const sets = await content.finish()
  return { version: versionOf(before.storedBytes, sets), margin: (await started.promise).margin }

  function versionOf(sizeBytes: number, what: ObjectVersion['content']): ObjectVersion {
    return { sizeBytes, className: erasureClass.name, storedMs: deps.clock.now(), content: what }
  }
}

/** @param report shard bytes of the set sent so far, and which part of it they are, 0 … 1 */
async function storeItem(
  item: PendingSet | DoneSet,
  upload: Upload,
  report: (sentBytes: number, part: number) => void,
): Promise<StoredSet> {
  if (item.kind === 'done') return item.set
  using set = item.set
  const setBytes = set.shards.reduce((sum, shard) => sum + shard.length, 0)
  return await upload.store(item, (sentBytes) => report(sentBytes, sentBytes / setBytes))
}

/** A node of the manifest, stored like a segment. */
async function storeNode(bytes: Uint8Array, sealIndex: number, upload: Upload): Promise<StoredCopies> {
  const copies: StoredSet[] = []
  for (let copy = 0; copy < upload.setsPerSegment; copy++)
    copies.push(await storeItem(await upload.seal({ index: sealIndex, bytes, isLast: false }, copy), upload, () => undefined))
  return copies
}

const drop = (item: Segment | PendingSet | DoneSet): void => {
  if ('kind' in item && item.kind === 'pending') item.set[Symbol.dispose]()
}

/** A segment that is the whole object and small goes through as it is: it becomes part of the row. */
async function* sealSegments(
  segments: AsyncGenerator<Segment, void>,
  erasureClass: ErasureClass,
  attempt: Attempt,
  onBegin: (upload: Upload) => void,
  signal: AbortSignal,
): AsyncGenerator<Segment | PendingSet | DoneSet, void> {
  let upload: Upload | undefined
  for await (const segment of segments) {
    signal.throwIfAborted()
    if (segment.index === 0 && segment.isLast && segment.bytes.length <= inlineLimit(erasureClass)) {
      await attempt.beginInline()
      yield segment
      return
    }
    if (!upload) onBegin((upload = await attempt.begin()))
    for (let copy = 0; copy < upload.setsPerSegment; copy++) yield await upload.seal(segment, copy)
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

/** @throws {LunarError} BAD_POLICY */
function neededOf({ required, parity }: ErasureClass, policy: CommitPolicy | undefined): number {
  const margin = policy?.margin ?? parity
  if (!Number.isInteger(margin) || margin < 0 || margin > parity)
    throw new LunarError('BAD_POLICY', 'the margin of a put is a whole number up to the parity shards of its class', {
      detail: { margin, parity },
    })
  return required + margin
}
