export * from './peers.ts'
export * from './directory.ts'
export * from './presence.ts'
