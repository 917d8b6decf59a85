/**
 * What a tracker is told at its start.
 *
 * @module
 */
import type { NetworkConfig } from '@lunarx/core/membership'
import type { OutsideAddress, PeerAddress } from '@lunarx/core/model'

export interface TrackerConfig {
  readonly network: NetworkConfig
  /** Where this tracker listens: as `network.trackers` names it. */
  readonly address: PeerAddress
  /** Host of a peer → where it is reached from outside of the cluster, as of now. Unset: none is. */
  readonly outside?: (() => Promise<ReadonlyMap<string, OutsideAddress>>) | undefined
  /** What the shards of the network may take on all providers, as of now. Bytes. Unset: what there is room for. */
  readonly quotaBytes?: (() => Promise<number>) | undefined
}
