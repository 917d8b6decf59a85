export * from './outside-peers.ts'
