export * from './commit.ts'
export * from './merge.ts'
export * from './partition.ts'
