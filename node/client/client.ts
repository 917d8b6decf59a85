/**
 * The client: objects by name, as streams. Everything is encrypted before it leaves and verified before it is handed out.
 *
 * One owner per client. Safe to use concurrently; commits to one name take turns. Closing it aborts what is under way.
 *
 * @module
 */
import type { Garbage } from './collect-garbage.ts'
import type { ByteRange } from './get/cut.ts'
import type { GetProgress } from './get/index.ts'
import type { OwnerLeaseRenewal, OwnerLeaseState } from './lease/index.ts'
import type { PutOptions, Source } from './put/index.ts'
import type { RotateProgress } from './names/index.ts'
import type { Restoration } from './restore/index.ts'
import type { SharedStat } from './share/index.ts'
import type { ObjectStat } from './stat.ts'

export interface PutObjectOptions extends Omit<PutOptions, 'signal'> {
  /** Aborting closes the sockets at once, gives reservations back and names nothing. */
  readonly signal?: AbortSignal | undefined
}

export interface PutStat extends ObjectStat {
  /** Holders beyond k that confirmed, of the set that has the fewest; undefined for an object that lies in its row. */
  readonly margin: number | undefined
}

export interface GetObjectOptions {
  /** An earlier version, by its `storedMs` as {@link Client.versions} gives it; default: the one that the name stands for. */
  readonly version?: number | undefined
  /** Only these bytes: of 1 MiB out of any object less than 2 MiB moves, its manifest included, at 10+4. */
  readonly range?: ByteRange | undefined
  /**
   * True: a chunk is good until the next is pulled or the loop is left, then it is empty (detached). For those who write or hash what
   * comes: a third less CPU time for large objects.
   */
  readonly lend?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: GetProgress) => void) | undefined
}

export interface ListOptions {
  /** Only names that begin with it. */
  readonly prefix?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export interface CollectGarbageOptions {
  /** True: they are freed. Default false: they are named. */
  readonly free?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

export interface RestoreObjectOptions {
  /** True: looks and changes nothing. Default false. */
  readonly dryRun?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** After every set, with what was found so far. */
  readonly onProgress?: ((sofar: Restoration) => void) | undefined
}

export interface RenewLeaseOptions {
  /**
   * Milliseconds, whole, from 7 days to 3,660: so long everything stays without another renewal. null: for good, the lease is withdrawn.
   * Default: as it is.
   */
  readonly periodMs?: number | null | undefined
  readonly signal?: AbortSignal | undefined
}

export interface RotateKeysOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: RotateProgress) => void) | undefined
}

/** What an owner tells others of itself. */
export interface OwnerAddress {
  /** Identity that signs grants, hex. */
  readonly owner: string
  /** What others share objects with this owner by: {@link Client.share}. */
  readonly address: string
  /** How often the owner has rotated its keys. */
  readonly generation: number
}

export interface AbortOptions {
  readonly signal?: AbortSignal | undefined
}

export interface Client extends AsyncDisposable {
  /**
   * Stores an object; over an existing name, as its new version. When it resolves all shards (or as many as `commit` asks for) are
   * confirmed by their holders and d + 1 replicas have the name; when it rejects before that, the name is as it was.
   *
   * A put that was cut (a kill, a crash, a network that is away) is gone on with by the next put of the same name, class and source from
   * the same disk: what is stored is not sent again. Two puts of one name from one disk at a time: the later one takes over.
   * @throws {LunarError} BAD_NAME, BAD_POLICY, UNKNOWN_CLASS, OBJECT_TOO_LARGE, ABORTED, SUPERSEDED; put it again, it goes on where it
   * stopped: NO_ROOM, NOT_ENOUGH_HOLDERS, PEER_UNREACHABLE; renew the lease before: LEASE_OVER; the same, and the name may or may not stand for the new version already:
   * NOT_ENOUGH_REPLICAS
   */
  put(name: string, source: Source, options?: PutObjectOptions): Promise<PutStat>
  /**
   * The bytes, in chunks of at most 1 MiB that are the caller's own, or lent. Nothing is asked for before the first is pulled; ending early,
   * or aborting, cuts all transfers at once. Iterated again it reads again.
   * @throws {LunarError} NAME_NOT_FOUND, VERSION_NOT_FOUND, NOT_ENOUGH_REPLICAS, WRONG_KEY, TOO_FEW_SHARDS, TOMBSTONED (deleted
   * meanwhile), BAD_RANGE, ABORTED
   */
  get(name: string, options?: GetObjectOptions): AsyncIterable<Uint8Array>
  /** @throws {LunarError} NAME_NOT_FOUND, NOT_ENOUGH_REPLICAS, WRONG_KEY */
  stat(name: string, options?: AbortOptions): Promise<ObjectStat>
  /**
   * What can still be read: first the version that the name stands for, then what its class keeps and what conflicts, newest first.
   * @throws {LunarError} NAME_NOT_FOUND, NOT_ENOUGH_REPLICAS, WRONG_KEY
   */
  versions(name: string, options?: AbortOptions): Promise<ObjectStat[]>
  /** @throws {LunarError} NAME_NOT_FOUND, NOT_ENOUGH_REPLICAS */
  delete(name: string, options?: AbortOptions): Promise<void>
  /** All objects of the owner, in no order: names mean nothing to those who keep them. */
  list(options?: ListOptions): AsyncIterable<ObjectStat>
  /** Of the present generation; what was shared to an earlier address opens too. @throws {LunarError} NOT_ENOUGH_REPLICAS */
  address(options?: AbortOptions): Promise<OwnerAddress>
  /**
   * A grant: text that opens the version that the name now stands for, and nothing else, to one grantee. It cannot be taken back; put the
   * object anew, then what is old goes. It is made once a majority of the trackers of every set has the order to audit it by leaves only.
   * @param grantee its {@link OwnerAddress.address}
   * @throws {LunarError} BAD_GRANTEE, NAME_NOT_FOUND, WRONG_KEY, TOMBSTONED (replaced meanwhile), TOO_FEW_SHARDS: a part of the manifest
   * cannot be read; NOT_ENOUGH_REPLICAS, NOT_ENOUGH_TRACKERS, PEER_UNREACHABLE: share it again; UNKNOWN_EXCHANGE: all trackers are of
   * a version that takes no such order; ABORTED
   */
  share(name: string, grantee: string, options?: AbortOptions): Promise<string>
  /** @throws {LunarError} BAD_MESSAGE: no grant; WRONG_KEY: not for this owner, or changed; BAD_SIGNATURE; UNKNOWN_NETWORK */
  statShared(grant: string, options?: AbortOptions): Promise<SharedStat>
  /** What a grant opens, as {@link Client.get}. @throws {LunarError} those of `statShared`, TOO_FEW_SHARDS, TOMBSTONED, BAD_RANGE, ABORTED */
  getShared(grant: string, options?: Omit<GetObjectOptions, 'version'>): AsyncIterable<Uint8Array>
  /**
   * Sets of the owner that no name names and whose last keep is older than seven days: what puts left that never came to an end.
   * @throws {LunarError} NOT_ENOUGH_REPLICAS, WRONG_KEY, TOO_FEW_SHARDS: a name cannot be read, nothing is freed; PEER_UNREACHABLE, ABORTED
   */
  collectGarbage(options?: CollectGarbageOptions): Promise<Garbage>
  /**
   * Looks at every set of all versions of an object that can still be read, and makes those again of which fewer than k shards are held,
   * from any of their copies: the first sets from backup copies, and the other way round. What only misses some shards is left to the
   * trackers. Safe to repeat, and to cut off anywhere.
   * @throws {LunarError} NAME_NOT_FOUND, NOT_ENOUGH_REPLICAS, WRONG_KEY, TOMBSTONED (replaced meanwhile), TOO_FEW_SHARDS: a part of the
   * manifest is lost with all its copies; NO_ROOM, NOT_ENOUGH_HOLDERS, UNKNOWN_CLASS: the network has changed the class since;
   * PEER_UNREACHABLE, ABORTED
   */
  restore(name: string, options?: RestoreObjectOptions): Promise<Restoration>
  /** The lease of all that the owner has; none is set unless {@link renewLease} has set one. @throws {LunarError} PEER_UNREACHABLE, ABORTED */
  lease(options?: AbortOptions): Promise<OwnerLeaseState>
  /**
   * Sets the lease, or renews it: its time begins anew. When it has run out and another day has passed, trackers and providers remove
   * every set of the owner; until then puts are refused (LEASE_OVER). Names and what lies in their rows stay.
   * @throws {LunarError} BAD_RANGE; PEER_UNREACHABLE, NOT_ENOUGH_HOLDERS: the lease before may stand; ABORTED
   */
  renewLease(options?: RenewLeaseOptions): Promise<OwnerLeaseRenewal>
  /**
   * A new generation of identity and wrapping keys; every name is moved to it while all clients of the owner go on. Takes 20 s at least.
   * Cut off anywhere, the next call goes on where it was.
   * @returns the generation now in use
   * @throws {LunarError} NOT_ENOUGH_REPLICAS, WRONG_KEY, ABORTED
   */
  rotateKeys(options?: RotateKeysOptions): Promise<number>
}
