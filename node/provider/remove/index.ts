export * from './discard.ts'
export * from './drop-shard.ts'
export * from './giving-way.ts'
export * from './surplus.ts'
