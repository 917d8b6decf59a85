export * from './backing-store.ts'
export * from './remote.ts'
export * from './shard-store.ts'
export * from './volume.ts'
