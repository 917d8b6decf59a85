export * from './compare.ts'
export * from './take-over.ts'
