export * from './commit.ts'
