export * from './peers.ts'
