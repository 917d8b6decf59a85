/**
 * What the operator does in a cluster, for a local network: issues epochs, and says which providers are gone for certain. The same
 * pure functions decide; the epoch is kept in a file.
 *
 * @module
 */
import { encodeBytes, parseBytes, signedDocument, type SignedDocument } from '@lunarx/core/document'
import { planEpoch, signEpoch, verifyEpoch, type Epoch } from '@lunarx/core/epoch'
import type { NetworkConfig, PeerId } from '@lunarx/core/membership'
import { textOfDocument } from '@lunarx/core/document'
import type { AdminClient } from '@lunarx/net/admin'
import type { Log } from '@lunarx/runtime/log'
import type { Platform } from '@lunarx/runtime/platform'
import type { FleetProvider, TrackerStatus } from '@lunarx/wire'
import type { DevFolder } from './dev-folder.ts'

const FILE = 'epoch'

export interface FleetKeeperDeps {
  readonly network: NetworkConfig
  readonly folder: DevFolder
  /** One per tracker, with operator rights. */
  readonly admins: readonly AdminClient[]
  readonly platform: Pick<Platform, 'clock' | 'crypto'>
  readonly log: Log
}

export class FleetKeeper {
  readonly #deps: FleetKeeperDeps
  /** By place in `admins`: a tracker that is restarting keeps its slots. */
  readonly #trackers: (PeerId | undefined)[] = []
  #document: SignedDocument | undefined
  #epoch: Epoch | undefined

  private constructor(deps: FleetKeeperDeps) {
    this.#deps = deps
  }

  static async open(deps: FleetKeeperDeps): Promise<FleetKeeper> {
    const keeper = new FleetKeeper(deps)
    const bytes = await deps.folder.disk.readFile(FILE)
    if (bytes) keeper.#remember(parseBytes(signedDocument, bytes))
    return keeper
  }

  /** Members of the epoch in force. */
  get members(): Epoch['members'] {
    return this.#epoch?.members ?? []
  }

  /** One look at the fleet: level-based, safe to repeat. @returns providers alive, as the first tracker sees them */
  async step(signal: AbortSignal): Promise<readonly FleetProvider[]> {
    const statuses = await this.#askAll(signal)
    const [status] = statuses
    if (!status) return []
    for (const peer of replacedPeers(status.providers)) await this.#declareLost(peer, signal)
    if (this.#trackers.filter(Boolean).length === this.#deps.admins.length) await this.#issue(status)
    await this.#announce(statuses, signal)
    return status.providers.filter(({ state }) => state === 'alive')
  }

  async #askAll(signal: AbortSignal): Promise<TrackerStatus[]> {
    const { admins } = this.#deps
    const asked = await Promise.all(admins.map((admin) => admin.status({}, { signal }).catch(() => undefined)))
    for (const [i, status] of asked.entries()) this.#trackers[i] = status?.tracker ?? this.#trackers[i]
    return asked.flatMap((status) => status ?? []).sort((a, b) => b.epoch - a.epoch)
  }

  async #issue({ providers }: TrackerStatus): Promise<void> {
    const { network, folder, platform, log } = this.#deps
    const plan = planEpoch(
      {
        network: network.network,
        previous: this.#epoch,
        fleet: providers,
        trackers: this.#trackers.flatMap((peer) => peer ?? []),
        survive: network.survive,
        nowMs: platform.clock.now(),
      },
      platform.crypto,
    )
    if (plan.kind === 'keep') return
    const document = signEpoch(plan.epoch, folder.networkKey)
    await folder.disk.writeFileDurably(FILE, encodeBytes(document))
    this.#remember(document)
    log.info('epoch issued', { epoch: plan.epoch.number, members: plan.epoch.members.length })
  }

  async #announce(statuses: readonly TrackerStatus[], signal: AbortSignal): Promise<void> {
    const document = this.#document
    const number = this.#epoch?.number ?? 0
    if (!document || statuses.every(({ epoch }) => epoch >= number)) return
    const request = { epoch: textOfDocument(document) }
    await Promise.all(this.#deps.admins.map((admin) => admin.announceEpoch(request, { signal }).catch(() => undefined)))
  }

  async #declareLost(peer: PeerId, signal: AbortSignal): Promise<void> {
    for (const admin of this.#deps.admins) {
      try {
        await admin.declareLost({ peer, reason: 'its folder is gone: another peer runs under its name' }, { signal })
        this.#deps.log.info('provider declared lost', { peer })
      } catch (error) {
        this.#deps.log.warn('a tracker did not take that a provider is lost', { peer, error })
      }
    }
  }

  #remember(document: SignedDocument): void {
    this.#document = document
    this.#epoch = verifyEpoch(document, this.#deps.network, this.#deps.platform.crypto)
  }
}

/** Providers that are silent while another peer is alive under their name: their folder was removed. Pure. */
export function replacedPeers(providers: readonly Pick<FleetProvider, 'peer' | 'name' | 'state' | 'declaredLost'>[]): PeerId[] {
  const alive = new Set(providers.filter(({ state }) => state === 'alive').map(({ name }) => name))
  return providers.filter(({ name, state, declaredLost }) => state !== 'alive' && !declaredLost && alive.has(name)).map(({ peer }) => peer)
}
