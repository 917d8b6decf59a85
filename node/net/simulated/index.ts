export * from './faults.ts'
export * from './network.ts'
export type { SimulatedPeers } from './peers.ts'
export * from './directory.ts'
