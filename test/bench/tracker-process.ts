/**
 * One tracker in a process of its own, composed as `lunarx run tracker` composes it, but for what a benchmark does without: issuer, health,
 * admin API. Told over IPC what it is; says how long its start took. Started by {@link startTrackers}.
 *
 * @module
 */
import type { NetworkConfig, RunConfig, SignedCredential } from '@lunarx/core/membership'
import { openPeers } from '@lunarx/net'
import { identityOf } from '@lunarx/net/identity'
import { systemPlatform } from '@lunarx/runtime/platform'
import { startTracker } from '@lunarx/tracker'
import { openTrackerStores } from '../../node/cli/role/open-stores.ts'

export interface TrackerOrder {
  readonly network: NetworkConfig
  readonly seed: Uint8Array
  readonly credential: SignedCredential
  readonly listen: { readonly host: string; readonly controlPort: number; readonly dataPort: number }
  readonly dataFolder: string
  readonly store: RunConfig['store']
}

async function run({ network, seed, credential, listen, dataFolder, store }: TrackerOrder, owned: AsyncDisposableStack): Promise<void> {
  const platform = await systemPlatform({ dataFolder, logLevel: 'error' })
  const identity = identityOf(seed, platform.crypto)
  const address = { peer: identity.peer, ...listen }
  const peers = owned.use(await openPeers({ ...network, identity, credential: () => credential, listen, advertised: address }, platform))
  const stores = await openTrackerStores({ store }, `${network.networkKey} ${peers.credential.name}`, platform, owned)
  owned.use(await startTracker({ network, address }, { ...platform, ...stores }, peers, identity.signKey))
}

const owned = new AsyncDisposableStack()
process.on('disconnect', () => {
  void owned.disposeAsync().finally(() => process.exit())
})
process.on('message', (order: TrackerOrder) => {
  run(order, owned).then(
    () => process.send?.({ started: true }),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
process.send?.({ ready: true })
