/**
 * Keeps a peer's credential current: asks at the start, renews it at half of its life, and remembers the last one on disk, so that
 * a restart works while the issuer is away.
 *
 * @module
 */
import { encodeBytes, parseBytes, readDocument, signedDocument } from '@lunarx/core/document'
import { CREDENTIAL, type SignedCredential } from '@lunarx/core/membership'
import { deadline, type Disk, type Log, type Metrics, pauseMs, type Random, Tasks } from '@lunarx/runtime'
import { Membership } from '../session/membership.ts'
import { enrol, type EnrolDeps, type EnrolInit } from './enrol.ts'

export interface KeepDeps extends EnrolDeps {
  readonly disk: Disk
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
}

export interface KeepInit extends EnrolInit {
  /** One that is good: the issuer is asked when half of its life is over. Default: it is asked at once. */
  readonly first?: SignedCredential | undefined
}

export interface KeptCredential extends AsyncDisposable {
  /** The newest. It may have run out if the issuer has been away for longer than its life. */
  current(): SignedCredential
}

const FILE = 'credential'
/** How long a start waits for the issuer when a credential of before is at hand. */
const PATIENCE_MS = 5_000
const BACKOFF = { firstPauseMs: 1_000, maxPauseMs: 5 * 60_000 }
/** Of the life of a credential that cannot be renewed, between two tries at most: an issuer that comes back is asked in time. */
const PAUSE_SHARE = 1 / 8
/** Without any credential there is nothing else to do than to ask. */
const FIRST_BACKOFF = { firstPauseMs: 500, maxPauseMs: 10_000 }
const MIN_RENEWAL_MS = 10_000

/** Resolves with the first credential: asks until there is one. @throws the signal's reason; {LunarError} STORE_FAILED */
export async function keepCredential(init: KeepInit, deps: KeepDeps, signal?: AbortSignal): Promise<KeptCredential> {
  const keeper = new Keeper(init, deps)
  const first = init.first ?? (await keeper.first(signal))
  const tasks = new Tasks({ clock: deps.clock, log: deps.log })
  const kept = { newest: first }
  const expires = deps.metrics.gauge('lunarx_credential_expires_timestamp_seconds', 'When the newest credential of this peer runs out')
  const lifetime = deps.metrics.gauge('lunarx_credential_lifetime_seconds', 'How long the newest credential of this peer lives in all')
  const show = (): void => {
    expires.set(readDocument(CREDENTIAL, kept.newest).expiresMs / 1000)
    lifetime.set(lifeMs(kept.newest) / 1000)
  }
  show()
  tasks.run('renew credential', async (stop) => {
    for (;;) {
      await deps.clock.sleep(keeper.renewalMs(kept.newest), stop)
      const maxPauseMs = Math.min(BACKOFF.maxPauseMs, lifeMs(kept.newest) * PAUSE_SHARE)
      kept.newest = await keeper.renewed({ ...BACKOFF, maxPauseMs }, stop)
      show()
    }
  })
  return { current: () => kept.newest, [Symbol.asyncDispose]: () => tasks[Symbol.asyncDispose]() }
}

type MemberInit = Pick<EnrolInit, 'network' | 'networkKey' | 'identity'>

/**
 * The one that was remembered on this disk last, as it is now. Undefined: none.
 * @throws {LunarError} STORE_FAILED; BAD_MESSAGE, CREDENTIAL_REQUIRED, CREDENTIAL_EXPIRED: it is of no use any more
 */
export async function readCredential(
  init: MemberInit,
  { disk, clock, crypto }: EnrolDeps & { readonly disk: Pick<Disk, 'readFile'> },
): Promise<SignedCredential | undefined> {
  const bytes = await disk.readFile(FILE)
  return bytes && judged(bytes, init, { clock, crypto })
}

function judged(bytes: Uint8Array, init: MemberInit, { clock, crypto }: EnrolDeps): SignedCredential {
  const document = parseBytes(signedDocument, bytes)
  new Membership({ ...init, credential: () => document }, clock, crypto).judge(document, init.identity.peer)
  return document
}

function lifeMs(document: SignedCredential): number {
  const { issuedMs, expiresMs } = readDocument(CREDENTIAL, document)
  return expiresMs - issuedMs
}

class Keeper {
  readonly #init: EnrolInit
  readonly #deps: KeepDeps

  constructor(init: EnrolInit, deps: KeepDeps) {
    this.#init = init
    this.#deps = deps
  }

  async first(signal: AbortSignal | undefined): Promise<SignedCredential> {
    const remembered = await this.#remembered()
    if (!remembered) return await this.renewed(FIRST_BACKOFF, signal)
    // the place may have changed since: domains are looked up again at every start
    using limit = deadline(this.#deps.clock, PATIENCE_MS, signal)
    try {
      return await this.#renew(limit.signal)
    } catch (error) {
      signal?.throwIfAborted()
      this.#deps.log.warn('issuer does not answer, credential of before is used', { error })
      return remembered
    }
  }

  /** Asks until there is a new one. */
  async renewed(backoff: typeof BACKOFF, signal: AbortSignal | undefined): Promise<SignedCredential> {
    for (let failures = 1; ; failures++) {
      try {
        return await this.#renew(signal)
      } catch (error) {
        signal?.throwIfAborted()
        this.#deps.log.warn('no credential from the issuer', { failures, error })
      }
      await this.#deps.clock.sleep(pauseMs(failures, { ...backoff, random: this.#deps.random }), signal)
    }
  }

  /** Until the next renewal: about half of what is left. */
  renewalMs(document: SignedCredential): number {
    const leftMs = readDocument(CREDENTIAL, document).expiresMs - this.#deps.clock.now()
    return Math.max(MIN_RENEWAL_MS, (leftMs / 2) * (0.8 + this.#deps.random.uniform() * 0.2))
  }

  async #renew(signal: AbortSignal | undefined): Promise<SignedCredential> {
    const { disk, log } = this.#deps
    const credential = await enrol(this.#init, this.#deps, signal)
    try {
      await disk.writeFileDurably(FILE, encodeBytes(credential))
    } catch (error) {
      // a full volume must not cost a peer its membership
      log.warn('credential could not be remembered', { error })
    }
    return credential
  }

  /** Undefined: none, or of no use any more. */
  async #remembered(): Promise<SignedCredential | undefined> {
    const { disk, log } = this.#deps
    const bytes = await disk.readFile(FILE)
    if (!bytes) return undefined
    try {
      return judged(bytes, this.#init, this.#deps)
    } catch (error) {
      log.info('credential of before is of no use', { error })
      return undefined
    }
  }
}
