export * from './catalog.ts'
export * from './changes.ts'
export * from './check.ts'
export * from './check-shards.ts'
