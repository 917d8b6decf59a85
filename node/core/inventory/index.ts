export * from './shard-keys.ts'
