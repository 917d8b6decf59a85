/**
 * What a tracker is told at its start.
 *
 * @module
 */
import type { NetworkConfig } from '@lunarx/core/membership'
import type { PeerAddress } from '@lunarx/core/model'

export interface TrackerConfig {
  readonly network: NetworkConfig
  /** Where this tracker listens: as `network.trackers` names it. */
  readonly address: PeerAddress
}
